// A driver with two GPUs that loses the second while a file exists: nobody can lose a real one in a test.
// Names and numbers are those of NVIDIA's nvml.h.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, NOT_SUPPORTED = 3, GPU_IS_LOST = 15 };

typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory;
typedef struct { unsigned gpu, memory; } utilization;

static int state(const long *gpu) { return *gpu == 1 && access(LOST, F_OK) == 0 ? GPU_IS_LOST : SUCCESS; }

int nvmlInit_v2(void) { return SUCCESS; }
int nvmlShutdown(void) { return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return SUCCESS; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, const long **gpu) {
    static const long gpus[] = {0, 1};
    *gpu = &gpus[index];
    return HANDLES ? SUCCESS : state(*gpu);
}

int nvmlDeviceGetName(const long *gpu, char *name, unsigned length) {
    snprintf(name, length, "Fake %ld", *gpu);
    return state(gpu);
}

int nvmlDeviceGetMemoryInfo_v2(const long *gpu, memory *info) {
    info->total = 80, info->free = 50, info->used = 30;
    return state(gpu);
}

int nvmlDeviceGetUtilizationRates(const long *gpu, utilization *rates) {
    rates->gpu = 97;
    return state(gpu);
}

int nvmlDeviceGetTemperature(const long *gpu, int sensor, unsigned *degrees) {
    *degrees = 61;
    return sensor == 0 ? state(gpu) : NOT_SUPPORTED;
}
