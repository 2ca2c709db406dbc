// streams.go - producers send into one buffered channel, a counter takes out and checks. Read next: asks.go
package main

import "time"

type item struct{ producer, number int }

func produce(out chan<- item, producer, count int) {
	for i := 0; i < count; i++ {
		out <- item{producer, i}
	}
}

func countItems(in <-chan item, producers, count int, done chan<- bool) {
	next := make([]int, producers)
	good := true
	for i := 0; i < count; i++ {
		got := <-in
		good = good && got.number == next[got.producer]
		next[got.producer]++
	}
	done <- good
}

// Nanoseconds an item.
func runStream(producers, count int) float64 {
	items := make(chan item, 1024)
	done := make(chan bool)
	share := count / producers
	start := time.Now()
	go countItems(items, producers, share*producers, done)
	for i := 0; i < producers; i++ {
		go produce(items, i, share)
	}
	check(<-done, "the items of each producer arrive in order")
	return nsEach(start, share*producers)
}

func stream(producers int) func(int) float64 {
	return func(count int) float64 { return 1e3 / runStream(producers, count) }
}

func counting(count int) float64 {
	return savinaMs(runStream(1, count), 1000000)
}

var streams = []measure{
	{name: "stream/1", unit: "M/s", rate: true, count: 10000000, run: stream(1)},
	{name: "stream/2", unit: "M/s", rate: true, count: 10000000, run: stream(1)},
	{name: "fan-in/1", unit: "M/s", rate: true, count: 10000000, run: stream(100)},
	{name: "fan-in/2", unit: "M/s", rate: true, count: 10000000, run: stream(100)},
	{name: "savina.counting/1", unit: "ms", count: 1000000, run: counting},
	{name: "savina.counting/2", unit: "ms", count: 1000000, run: counting},
}
