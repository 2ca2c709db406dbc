// stores.go - Savina's concurrent dictionary and bounded buffer. Read next: main.go
package main

import (
	"math"
	"sync"
	"time"
)

// ---- dictionary: one goroutine has the map, the others ask it; a tenth of what they ask is to write ----

const (
	clients = 20
	writes  = 10 // percent
	keys    = math.MaxInt32 / 4096
)

type request struct {
	write      bool
	key, value int
	answer     chan<- int
}

func dictionary(in <-chan request, filled chan<- bool) {
	values := make(map[int]int, keys)
	for key := 0; key < keys; key++ {
		values[key] = key
	}
	filled <- true
	for r := range in {
		if r.write {
			values[r.key] = r.value
		}
		r.answer <- values[r.key]
	}
}

func client(to chan<- request, seed uint64, asks int, done *sync.WaitGroup) {
	answer := make(chan int, 1)
	for i := 0; i < asks; i++ {
		write := draw(&seed)%100 < writes
		key := draw(&seed) % keys
		to <- request{write, key, ^key, answer}
		value := <-answer
		check(value == ^key || !write && value == key, "every answer is right")
	}
	done.Done()
}

func runDictionary(asks int) float64 {
	requests := make(chan request, clients)
	filled := make(chan bool)
	var done sync.WaitGroup
	go dictionary(requests, filled)
	<-filled
	start := time.Now()
	done.Add(clients)
	for i := 0; i < clients; i++ {
		go client(requests, uint64(i), asks, &done)
	}
	done.Wait()
	figure := nsEach(start, asks)
	close(requests)
	return savinaMs(figure, 10000)
}

// ---- bounded buffer: a channel with room for 50, 40 goroutines put, 40 take ----

const (
	sides     = 40
	room      = 50
	workSteps = 2500 // for each item, on either side
)

// Not inlined, so that the compiler does not see that nobody needs the result.
//
//go:noinline
func work(steps int) (sum float64) {
	seed := uint64(steps)
	for i := 0; i < steps; i++ {
		sum += math.Log(float64(draw(&seed))*0x1p-31 + 0.01)
	}
	return sum
}

func runBuffer(items int) float64 {
	buffer := make(chan int, room)
	sums := make(chan int, sides)
	start := time.Now()
	for i := 0; i < sides; i++ {
		go func() {
			for k := 1; k <= items; k++ {
				work(workSteps)
				buffer <- k
			}
		}()
		go func() {
			sum := 0
			for k := 0; k < items; k++ {
				sum += <-buffer
				work(workSteps)
			}
			sums <- sum
		}()
	}
	sum := 0
	for i := 0; i < sides; i++ {
		sum += <-sums
	}
	figure := nsEach(start, items)
	check(sum == sides*items*(items+1)/2, "every item was taken")
	return savinaMs(figure, 1000)
}

var stores = []measure{
	{name: "savina.dictionary/1", unit: "ms", count: 10000, run: runDictionary},
	{name: "savina.dictionary/2", unit: "ms", count: 10000, run: runDictionary},
	{name: "savina.buffer/1", unit: "ms", count: 1000, run: runBuffer},
	{name: "savina.buffer/2", unit: "ms", count: 1000, run: runBuffer},
}
