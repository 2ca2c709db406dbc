// cores.go - which processors there are, and binding threads to them. Read next: rings.go
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

type cpuSet [128]uint64

// One processor of each core that this process may use.
var cores = findCores()

func findCores() []int {
	var allowed cpuSet
	var found []int
	seen := map[int]bool{}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(allowed),
		uintptr(unsafe.Pointer(&allowed)))
	check(errno == 0, "the system tells which processors are ours")
	for cpu := 0; cpu < 64*len(allowed); cpu++ {
		if allowed[cpu/64]&(1<<(cpu%64)) == 0 {
			continue
		}
		first := cpu
		path := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu)
		if text, err := os.ReadFile(path); err == nil {
			fmt.Sscanf(string(text), "%d", &first)
		}
		if !seen[first] {
			found = append(found, cpu)
		}
		seen[first] = true
	}
	return found
}

func bindThread(thread int, cpus []int) {
	var set cpuSet
	for _, cpu := range cpus {
		set[cpu/64] |= 1 << (cpu % 64)
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(thread), unsafe.Sizeof(set),
		uintptr(unsafe.Pointer(&set)))
	check(errno == 0, "a thread can be bound")
}

// The whole process uses the first so many cores; threads inherit.
func useCores(count int) {
	runtime.GOMAXPROCS(count)
	tasks, err := os.ReadDir("/proc/self/task")
	check(err == nil, "the system tells our threads")
	for _, task := range tasks {
		thread, _ := strconv.Atoi(task.Name())
		bindThread(thread, cores[:count])
	}
}

// This goroutine has a thread of its own, on that core, if there is to be a place for it.
func place(placed bool, core int) {
	if placed {
		runtime.LockOSThread()
		bindThread(0, cores[core:core+1])
	}
}

// A line of /proc/self/status, such as "VmRSS:".
func statusKiB(name string) int {
	text, err := os.ReadFile("/proc/self/status")
	check(err == nil, "the system tells our memory")
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			kib, _ := strconv.Atoi(fields[1])
			return kib
		}
	}
	return 0
}
