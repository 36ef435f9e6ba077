/* One encode and one worst-case decode (all data lost) of an object with Intel's ISA-L.
 * Arguments: k n objectBytes [avx2]. Prints bytes per microsecond of CPU time, encode then decode.
 * With avx2 its routines for AVX2, otherwise those for the widest vectors of this processor.
 * 8 KiB of every row at a time, which is its fastest way at these sizes. */
#include <isa-l.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 8192, REPEATS = 4 };

static void (*encode_data)(int, int, int, uint8_t *, uint8_t **, uint8_t **) = ec_encode_data;

static double cpu_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void product(int k, int rows, size_t bytes, uint8_t *tables, uint8_t **in, uint8_t **out) {
  uint8_t *from[256], *to[256];
  for (size_t at = 0; at < bytes; at += BLOCK) {
    for (int i = 0; i < k; i++) from[i] = in[i] + at;
    for (int i = 0; i < rows; i++) to[i] = out[i] + at;
    size_t rest = bytes - at;
    encode_data(rest < BLOCK ? rest : BLOCK, k, rows, tables, from, to);
  }
}

int main(int argc, char **argv) {
  if (argc < 4 || argc > 5) return 2;
  if (argc == 5) {
    if (!__builtin_cpu_supports("avx2")) return 3;
    encode_data = ec_encode_data_avx2;
  }
  int k = atoi(argv[1]), n = atoi(argv[2]);
  size_t object = strtoull(argv[3], NULL, 10), bytes = (object + k - 1) / k;
  size_t stride = (bytes + 4095) / 4096 * 4096 + 1024;
  uint8_t *memory, *shards[256], *back[256];
  if (posix_memalign((void **)&memory, 4096, stride * (n + k))) return 1;
  for (int i = 0; i < n + k; i++) *(i < n ? &shards[i] : &back[i - n]) = memory + i * stride;
  memset(memory, 1, stride * (n + k));
  for (size_t i = 0; i < stride * k; i++) memory[i] = (uint8_t)(i * 2654435761u >> 13);

  uint8_t *matrix = malloc(n * k), *square = malloc(k * k), *inverse = malloc(k * k);
  uint8_t *tables = malloc(32 * n * k);
  gf_gen_cauchy1_matrix(matrix, n, k);
  ec_init_tables(k, n - k, matrix + k * k, tables);
  product(k, n - k, bytes, tables, shards, shards + k);
  double start = cpu_us();
  for (int i = 0; i < REPEATS; i++) product(k, n - k, bytes, tables, shards, shards + k);
  double encode = cpu_us() - start;

  start = cpu_us();
  for (int i = 0; i < REPEATS; i++) {
    memcpy(square, matrix + (n - k) * k, k * k);
    if (gf_invert_matrix(square, inverse, k)) return 1;
    ec_init_tables(k, k, inverse, tables);
    product(k, k, bytes, tables, shards + n - k, back);
  }
  double decode = cpu_us() - start;
  for (int i = 0; i < k; i++) if (memcmp(shards[i], back[i], bytes)) return 1;
  printf("%f %f\n", REPEATS * (double)object / encode, REPEATS * (double)object / decode);
  return 0;
}
