/* How often the program has asked the heap for memory. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#ifdef __cplusplus
extern "C" {
#endif

unsigned long bench_heap_calls(void);

#ifdef __cplusplus
}
#endif
#endif
