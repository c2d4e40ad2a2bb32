@echo off
rem Finds a JDK 25, builds target\ghostmoe-all.jar on first use or when a source is newer, and runs
rem it. GHOSTMOE_JAVA_OPTS holds further options for the JVM, for example "-Xmx8g".
rem It is the script ghostmoe for Windows, as far as cmd can be it:
rem - Newer is what xcopy finds newer than the copy of the sources that the last build here left. It
rem   does not notice a file that was only removed.
rem - After Ctrl-C cmd asks whether to terminate the batch job. The run is saved by then.
rem - Java reads arguments in the system's own code page, so an argument can hold other
rem   letters only where that is UTF-8. Files, standard input and output are UTF-8 everywhere.
rem Delayed expansion is off, or cmd would eat each ! of an argument.
setlocal EnableExtensions DisableDelayedExpansion
goto main

rem Only within a subroutine does %~dp0 hold whichever way the script was called.
:find_root
set "root=%~dp0"
rem a backslash before a quote would be taken for \"
set "root=%root:~0,-1%"
exit /b

:say
setlocal EnableDelayedExpansion
>&2 echo ghostmoe: !message!
exit /b

rem Sets jdk: JAVA_HOME, then java on PATH, then the lowest release from 25 up in the usual places.
:find_java
set "jdk="
set "best=0"
set "home="
if defined JAVA_HOME set "home=%JAVA_HOME%"
if defined home call :consider
if defined jdk exit /b
set "bin="
for %%i in (java.exe) do set "bin=%%~dp$PATH:i"
if not defined bin goto usual_places
for %%i in ("%bin%..") do set "home=%%~fi"
call :consider
if defined jdk exit /b
:usual_places
for %%p in (
  "%ProgramFiles%\Java" "%ProgramFiles%\Eclipse Adoptium" "%ProgramFiles%\Microsoft"
  "%ProgramFiles%\Amazon Corretto" "%ProgramFiles%\Zulu" "%ProgramFiles%\BellSoft"
  "%ProgramFiles%\SapMachine" "%ProgramFiles%\OpenJDK" "%LOCALAPPDATA%\Programs\Eclipse Adoptium"
  "%LOCALAPPDATA%\mise\installs\java" "%USERPROFILE%\.jdks" "%USERPROFILE%\.sdkman\candidates\java"
  "%USERPROFILE%\scoop\apps" "%ProgramData%\scoop\apps"
) do (
  set "place=%%~p"
  call :look_in
)
exit /b

rem scoop keeps the version in use in a folder named current.
:look_in
if not exist "%place%\" exit /b
pushd "%place%"
for /d %%d in (*) do for %%h in ("%%d" "%%d\current") do (
  set "home=%%~fh"
  call :consider
)
popd
exit /b

rem Takes %home% for jdk where it is better than what was found before.
:consider
call :feature_of
if %feature% lss 25 exit /b
if not %best%==0 if %feature% geq %best% exit /b
set "jdk=%home%"
set "best=%feature%"
exit /b

rem Sets feature to the feature release of the JDK in %home%, without starting it.
:feature_of
set "feature=0"
set "version="
if not exist "%home%\bin\java.exe" exit /b
if not exist "%home%\release" exit /b
for /f "usebackq tokens=1,2 delims==" %%k in ("%home%\release") do if "%%k"=="JAVA_VERSION" set "version=%%~l"
for /f "delims=.-+_" %%v in ("%version%") do set /a "feature=%%v" 2>nul
exit /b

rem Sets stale where there is no jar of these sources. xcopy lists what it would copy.
:is_stale
set "stale="
if not exist "%jar%" set "stale=1"
if not exist "%sources%\pom.xml" set "stale=1"
if defined stale exit /b
if not exist "%root%\src\main\" exit /b
pushd "%root%"
for /f "delims=" %%f in ('xcopy /l /d /y pom.xml target\.ghostmoe-sources ^<nul 2^>nul') do if exist "%%f" set "stale=1"
for /f "delims=" %%f in ('xcopy /l /s /d /y src\main target\.ghostmoe-sources\main ^<nul 2^>nul') do if exist "%%f" set "stale=1"
popd
exit /b

rem One build at a time; the lock goes with the process that holds it, and with the Maven it started.
:build_alone
set "lock=%target%\.ghostmoe-lock"
set "message="
set "waited="
:lock
set "free="
set "held="
2>nul (9>"%lock%" set "free=1")
if defined free 9>"%lock%" call :build_if_stale
if defined held exit /b
if not defined waited (
  set "message=waiting for another build of %root%"
  call :say
)
set "message="
set "waited=1"
ping -n 2 127.0.0.1 >nul
goto lock

rem Whoever held the lock may have built it.
:build_if_stale
set "held=1"
call :is_stale
if defined stale call :build
exit /b

rem Sets message where it fails.
:build
set "mvn="
for %%i in (mvn.cmd mvn.bat mvn.exe) do if not "%%~$PATH:i"=="" set "mvn=1"
if not defined mvn (
  set "message=Maven is needed to build %jar% and mvn is not on PATH: install Maven 3.8 or newer (https://maven.apache.org)"
  exit /b
)
rem Windows replaces no jar that a JVM has open
if exist "%jar%" move /y "%jar%" "%old_jar%" >nul 2>&1
if exist "%jar%" (
  set "message=a source is newer, but another ghostmoe is running: going on with what was built before"
  call :say
  set "message="
  exit /b
)
set "message=building in %target% (on first use Maven fetches the libraries, which can take minutes)"
call :say
set "message="
rem what is changed from now on is not in the jar
if exist "%sources%" rd /s /q "%sources%"
pushd "%root%"
xcopy /q /s /y /i src\main target\.ghostmoe-sources\main <nul >nul
copy /y pom.xml target\.ghostmoe-sources\pom.building >nul
call :maven
popd
if "%built%"=="0" if exist "%jar%" (
  ren "%sources%\pom.building" pom.xml
  if exist "%old_jar%" del /q "%old_jar%"
  exit /b
)
if exist "%old_jar%" move /y "%old_jar%" "%jar%" >nul
set "message=the build failed: the reason is above; 'mvn package' in %root% repeats it"
exit /b

rem Maven's own Java may be older; the toolchain plugin looks for the compiler in JAVA*_HOME too.
:maven
setlocal
set "home=%jdk%"
call :feature_of
set "JAVA%feature%_HOME=%jdk%"
if defined JAVA_HOME if not exist "%JAVA_HOME%\bin\java.exe" set "JAVA_HOME=%jdk%"
if not defined JAVA_HOME if not defined bin set "JAVA_HOME=%jdk%"
call mvn -B -q -ntp -Dstyle.color=never -Dmaven.test.skip=true -Dexec.skip=true -Dmdep.skip=true -Dmaven.source.skip=true package <nul 1>&2
set "built=%errorlevel%"
endlocal & set "built=%built%"
exit /b

rem Sets kind: plain, optimised or vectors, by the first word and whether the last one asks for help.
:choose_kind
setlocal EnableDelayedExpansion
set "kind=plain"
set "first="
if defined words for /f "tokens=1" %%w in ("!words!") do set "first=%%~w"
if not defined first goto kind_chosen
rem an option before whatever command
if "!first:~0,1!"=="-" set "kind=vectors"
for %%c in (train eval generate estimate doctor) do if "!first!"=="%%c" set "kind=vectors"
rem checksums want the optimising compiler
for %%c in (prepare datasets report --clean-invalid) do if "!first!"=="%%c" set "kind=optimised"
for %%c in (--list-datasets --clean-datasets) do if "!first!"=="%%c" set "kind=plain"
set "words= !words!"
if "!words:~-7!"==" --help" set "kind=plain"
if "!words:~-3!"==" -h" set "kind=plain"
if "!words:~-10!"==" --version" set "kind=plain"
if "!words:~-3!"==" -V" set "kind=plain"
:kind_chosen
endlocal & set "kind=%kind%"
exit /b

:main
call :find_root
set "target=%root%\target"
set "jar=%target%\ghostmoe-all.jar"
set "old_jar=%target%\ghostmoe-old.jar"
set "sources=%target%\.ghostmoe-sources"

call :find_java
if not defined jdk (
  set "message=no JDK 25 or newer in JAVA_HOME, on PATH or in the usual places: install one (for example Temurin 25 from https://adoptium.net) or set JAVA_HOME to its folder"
  goto fail
)
call :is_stale
if not defined stale goto run
if not exist "%target%\" mkdir "%target%" 2>nul
copy /y nul "%target%\.ghostmoe-probe" >nul 2>&1
if not exist "%target%\.ghostmoe-probe" (
  set "message=cannot build in %target%: let its owner run ghostmoe once, or copy the project to a folder of yours"
  goto fail
)
del /q "%target%\.ghostmoe-probe"
call :build_alone
if defined message goto fail

:run
rem 70% of the memory: the rest is for mapped files and native libraries. A step allocates next to
rem nothing: no collector is smaller than the serial one.
set "jvm=-XX:+UseSerialGC -XX:MaxRAMPercentage=70 --enable-native-access=ALL-UNNAMED"
set words=%*
call :choose_kind
rem for what ends at once: no optimising compiler
if "%kind%"=="plain" set "jvm=%jvm% -XX:TieredStopAtLevel=1"
rem the JVM warns on stderr that this module is young; what a step leaves behind is small and dies young;
rem kernels are slow beyond use until they are compiled, so a fiftieth of the usual number of calls is enough
if "%kind%"=="vectors" set "jvm=%jvm% --add-modules jdk.incubator.vector -Xmn32m -XX:CompileCommand=quiet -XX:CompileCommand=CompileThresholdScaling,io.ghostmoe.tensor.cpu.*::*,0.02"
set "utf8=-Dstdin.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8"
set "page="
for /f "tokens=2 delims=:." %%c in ('chcp') do set /a "page=%%c" 2>nul
if defined page chcp 65001 >nul 2>&1
"%jdk%\bin\java.exe" "-Dghostmoe.home=%root%" %jvm% %utf8% %GHOSTMOE_JAVA_OPTS% -jar "%jar%" %*
set "code=%errorlevel%"
if defined page chcp %page% >nul 2>&1
goto end

:fail
set "code=1"
call :say

:end
rem A command's own exit code. It is the last line, for what follows "exit /b" || does not see.
cmd /c exit /b %code%
