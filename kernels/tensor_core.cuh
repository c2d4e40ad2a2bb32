// The instructions of tensor cores from Ampere on, as the PTX ISA (8.0) tells of them: copies that pass the
// registers by (cp.async), fragments out of shared memory (ldmatrix) and their product ("Matrix Fragments for
// mma.m16n8k16"). Through wmma a fragment's rows must lie one distance apart, so that shared memory is padded
// instead of permuted, and which registers hold what stays unknown, so that sums go through shared memory.
// The emulation has its own of each, from the same tables (emulator/tensor_core.h).
#pragma once
#include "bf16.cuh"

#ifndef CUEMU
typedef unsigned SharedAddress; // of a byte of the block's shared memory

static __device__ __forceinline__ SharedAddress shared_address(const void* p) {
  return (unsigned)__cvta_generic_to_shared(p);
}

// Begins to copy 16 bytes to shared memory, or zeros where `there` is false. Both ends are aligned to 16.
static __device__ __forceinline__ void copy_async(SharedAddress to, const void* from, bool there) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
               "r"(there ? 16 : 0)
               : "memory");
}

// Makes a group of what this thread has begun to copy since the last one; a group may be empty.
static __device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most the last LEFT groups of this thread are on their way. A barrier shows what has
// arrived to the other threads.
template <int LEFT>
static __device__ __forceinline__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory");
}

// Four matrices of 8x8: lane l gives the address of row l%8 of matrix l/8, 16 bytes, and gets elements
// (l/4, l%4*2) and the next in its row of each matrix, or of its transpose.
template <bool TRANSPOSED>
static __device__ __forceinline__ void load_matrices(unsigned (&matrix)[4], SharedAddress row) {
  if (TRANSPOSED) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(matrix[0]), "=r"(matrix[1]), "=r"(matrix[2]), "=r"(matrix[3])
                 : "r"(row)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(matrix[0]), "=r"(matrix[1]), "=r"(matrix[2]), "=r"(matrix[3])
                 : "r"(row)
                 : "memory");
  }
}

// sum [16,8] += a [16,16]·b [16,8]. Of a, quarters [0..7,0..7], [8..15,0..7], [0..7,8..15], [8..15,8..15];
// of b, by columns, k 0..7 and 8..15; lane l holds of each what load_matrices gives it. Its sums are
// (l/4, l%4*2), the next in that row, and both of row l/4+8.
static __device__ __forceinline__ void multiply_add(
    float (&sum)[4], const unsigned (&a)[4], unsigned b0, unsigned b8) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b8));
}
#endif
