// A libcublas.so.13 on the driver's double: the functions that the engine calls, a product by the
// definition, in the order of the stream because all is done when a call returns. It takes what the engine
// asks for and nothing else, and only with operands that lie in device memory as far as they reach.
#include "double.h"
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))
using Address = unsigned long long;

namespace {
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_16BF = 14, COMPUTE_32F = 68, GEMM_DEFAULT = -1 };

struct Handle {
  void* stream = nullptr;
  Address workspace = 0;
  size_t bytes = 0;
  int mathMode = 0;
};
std::set<Handle*> handles;

int complain(int status, const std::string& text) {
  ghostmoe_emulator_complain(("cuBLAS: " + text).c_str());
  return status;
}

// A matrix by columns, `stride` elements apart.
struct Matrix {
  Address at;
  int type, rows, columns, stride;

  size_t bytes() const { return type == R_32F ? 4 : 2; }

  // Empty, or what is wrong with it.
  std::string trouble(const char* name) const {
    if (stride < rows || stride < 1) return std::string(name) + ": " + std::to_string(rows) + " rows in a leading dimension of " + std::to_string(stride);
    if (at % bytes()) return std::string(name) + " is not aligned";
    if (rows && columns && !ghostmoe_emulator_holds(at, (((size_t)columns - 1) * stride + rows) * bytes()))
      return std::string(name) + ": " + std::to_string(rows) + " x " + std::to_string(columns) + ", " + std::to_string(stride) + " apart, is not all live device memory";
    return "";
  }

  float get(int row, int column) const {
    size_t i = (size_t)column * stride + row;
    if (type == R_32F) return ((const float*)at)[i];
    union { unsigned bits; float value; } wide{(unsigned)((const unsigned short*)at)[i] << 16};
    return wide.value;
  }
};

// The rows of op(X), or those of its transpose, one after the other.
std::vector<float> lines(const Matrix& x, bool byRow) {
  int count = byRow ? x.rows : x.columns, length = byRow ? x.columns : x.rows;
  std::vector<float> values((size_t)count * length);
  for (int i = 0; i < count; i++)
    for (int l = 0; l < length; l++) values[(size_t)i * length + l] = byRow ? x.get(i, l) : x.get(l, i);
  return values;
}
} // namespace

#define MAY_FAIL(status) \
  if (ghostmoe_emulator_refuses(__func__)) return status
#define NEEDS(handle) \
  if (!handles.count(handle)) return complain(NOT_INITIALIZED, std::string(__func__) + " without a handle")

API int cublasGetProperty(int type, int* value) {
  static const int version[] = {13, 0, 0};
  if (type < 0 || type > 2) return INVALID_VALUE;
  *value = version[type];
  return SUCCESS;
}

API const char* cublasGetStatusName(int status) {
  switch (status) {
    case SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "<unknown>";
  }
}

API int cublasCreate_v2(Handle** handle) {
  MAY_FAIL(NOT_INITIALIZED);
  handles.insert(*handle = new Handle);
  ghostmoe_emulator_made(1);
  return SUCCESS;
}

API int cublasDestroy_v2(Handle* handle) {
  MAY_FAIL(EXECUTION_FAILED);
  NEEDS(handle);
  handles.erase(handle);
  delete handle;
  ghostmoe_emulator_made(-1);
  return SUCCESS;
}

// As in the real one, the workspace of the user goes with the old stream.
API int cublasSetStream_v2(Handle* handle, void* stream) {
  MAY_FAIL(EXECUTION_FAILED);
  NEEDS(handle);
  if (!ghostmoe_emulator_is_stream(stream)) return complain(INVALID_VALUE, "no such stream");
  handle->stream = stream;
  handle->bytes = 0;
  return SUCCESS;
}

API int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
  MAY_FAIL(EXECUTION_FAILED);
  NEEDS(handle);
  if ((Address)workspace % 256 || !ghostmoe_emulator_holds((Address)workspace, bytes)) return complain(INVALID_VALUE, "no such workspace");
  handle->workspace = (Address)workspace;
  handle->bytes = bytes;
  return SUCCESS;
}

API int cublasSetMathMode(Handle* handle, int mode) {
  MAY_FAIL(EXECUTION_FAILED);
  NEEDS(handle);
  if (mode != 16) return NOT_SUPPORTED; // default, and no reduction in less than single precision
  handle->mathMode = mode;
  return SUCCESS;
}

API int cublasGemmEx(Handle* handle, int transA, int transB, int m, int n, int k, const float* alpha, Address a, int aType, int lda,
                     Address b, int bType, int ldb, const float* beta, Address c, int cType, int ldc, int computeType, int algorithm) {
  MAY_FAIL(EXECUTION_FAILED);
  NEEDS(handle);
  if (!ghostmoe_emulator_is_stream(handle->stream)) return complain(INVALID_VALUE, "a product on no stream of ours");
  if (!handle->bytes || !ghostmoe_emulator_holds(handle->workspace, handle->bytes)) return complain(INVALID_VALUE, "a product without a workspace of ours");
  if (handle->mathMode != 16) return complain(NOT_SUPPORTED, "a product of another math mode");
  if (aType != bType || (aType != R_32F && aType != R_16BF) || cType != R_32F || computeType != COMPUTE_32F || algorithm != GEMM_DEFAULT)
    return complain(NOT_SUPPORTED, "a product of other types");
  if (m < 0 || n < 0 || k < 0 || transA >> 1 || transB >> 1 || *alpha != 1 || (*beta != 0 && *beta != 1))
    return complain(INVALID_VALUE, "a product that the engine does not ask for");
  Matrix x{a, aType, transA ? k : m, transA ? m : k, lda}, y{b, bType, transB ? n : k, transB ? k : n, ldb}, z{c, cType, m, n, ldc};
  for (const std::string& trouble : {x.trouble("A"), y.trouble("B"), z.trouble("C")})
    if (!trouble.empty()) return complain(INVALID_VALUE, trouble);
  std::vector<float> left = lines(x, !transA), right = lines(y, transB);
  for (int j = 0; j < n; j++)
    for (int i = 0; i < m; i++) {
      float sum = 0;
      for (int l = 0; l < k; l++) sum += left[(size_t)i * k + l] * right[(size_t)j * k + l];
      float& target = ((float*)c)[(size_t)j * ldc + i];
      target = *beta == 0 ? sum : sum + target;
    }
  *(float*)handle->workspace = __builtin_nanf(""); // whoever reads it reads this
  return SUCCESS;
}
