// lives.go - goroutines that live for one message, a tree of them, and many idle ones. Read next: crowds.go
package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// ---- started, messaged once, ended: a parent for each processor, children in bursts ----

func bear(children int, ended *sync.WaitGroup) {
	var burst sync.WaitGroup
	for done := 0; done < children; done += 64 {
		for i := 0; i < 64; i++ {
			inbox := make(chan int, 1)
			burst.Add(1)
			go func() {
				<-inbox
				burst.Done()
			}()
			inbox <- i
		}
		burst.Wait()
	}
	ended.Done()
}

func spawn(count int) float64 {
	var ended sync.WaitGroup
	parents := runtime.GOMAXPROCS(0)
	share := (count/parents + 63) / 64 * 64
	start := time.Now()
	ended.Add(parents)
	for i := 0; i < parents; i++ {
		go bear(share, &ended)
	}
	ended.Wait()
	return millions(start, share*parents)
}

// ---- Savina's fork-join ----

func task(angle float64, results chan<- float64) {
	sine := math.Sin(angle)
	results <- sine * sine
}

func create(tasks int) float64 {
	results := make(chan float64, 1024)
	start := time.Now()
	go func() {
		for i := 0; i < tasks; i++ {
			go task(37.2, results)
		}
	}()
	for i := 0; i < tasks; i++ {
		<-results
	}
	return savinaMs(nsEach(start, tasks), 40000)
}

// ---- skynet ----

func grow(up chan<- int, first, leaves int) {
	if leaves == 1 {
		up <- first
		return
	}
	down := make(chan int, 10)
	for i := 0; i < 10; i++ {
		go grow(down, first+i*(leaves/10), leaves/10)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-down
	}
	up <- sum
}

// Nanoseconds a leaf. The collector is off, as a program of so short a life would have it.
func skynet(count int) float64 {
	debug.SetGCPercent(-1)
	leaves := 10
	for leaves*10 <= count {
		leaves *= 10
	}
	result := make(chan int)
	start := time.Now()
	go grow(result, 0, leaves)
	sum := <-result
	figure := nsEach(start, leaves)
	check(sum == leaves*(leaves-1)/2, "the leaves add up")
	return figure
}

// ---- idle goroutines with a channel and 8 bytes of state ----

func idler(in <-chan int, done chan<- int) {
	state := 0
	for value := range in {
		state += value
	}
	done <- state
}

func bytesIdle(count int) float64 {
	inboxes := make([]chan int, count)
	done := make(chan int)
	runtime.GC()
	before := statusKiB("VmRSS:")
	for i := range inboxes {
		inboxes[i] = make(chan int)
		go idler(inboxes[i], done)
	}
	for _, inbox := range inboxes {
		inbox <- 1 // each has begun
	}
	bytes := float64(statusKiB("VmRSS:")-before) * 1024 / float64(count)
	for _, inbox := range inboxes {
		close(inbox)
		<-done
	}
	return bytes
}

var lives = []measure{
	{name: "spawn/1", unit: "M/s", rate: true, count: 1000000, run: spawn},
	{name: "spawn/2", unit: "M/s", rate: true, count: 1000000, run: spawn},
	{name: "savina.fjcreate/1", unit: "ms", count: 40000, run: create},
	{name: "savina.fjcreate/2", unit: "ms", count: 40000, run: create},
	{name: "skynet/1", unit: "ns/leaf", count: 1000000, run: skynet},
	{name: "skynet/2", unit: "ns/leaf", count: 1000000, run: skynet},
	{name: "idle", unit: "bytes", count: 1000000, run: bytesIdle},
}
