// asks.go - questions with a channel for the answer: one or a hundred under way, and from a thread of its own.
// Read next: lives.go
package main

import "time"

type question struct {
	value  int
	answer chan<- int
}

func serve(in <-chan question) {
	for q := range in {
		q.answer <- q.value
	}
}

// Nanoseconds a call; window calls are under way at a time.
func runAsker(window, count int, parked, placed bool) float64 {
	questions := make(chan question, window)
	answers := make(chan int, window)
	var total time.Duration
	go serve(questions)
	place(placed, 1)
	for i := 0; i < count; i += window {
		if parked {
			idle(100 * time.Microsecond)
		}
		start := time.Now()
		for k := 0; k < window; k++ {
			questions <- question{i + k, answers}
		}
		for k := 0; k < window; k++ {
			check(<-answers == i+k, "every answer is right")
		}
		total += time.Since(start)
	}
	close(questions)
	return float64(total.Nanoseconds()) / float64(count)
}

// Do nothing for so long, without sleeping.
func idle(length time.Duration) {
	for start := time.Now(); time.Since(start) < length; {
	}
}

func await(count int) float64 {
	questions := make(chan question)
	answers := make(chan int)
	go serve(questions)
	start := time.Now()
	for i := 0; i < count; i++ {
		questions <- question{i, answers}
		check(<-answers == i, "every answer is right")
	}
	figure := nsEach(start, count)
	close(questions)
	return figure
}

func awaitHundred(count int) float64 {
	return 1e3 / runAsker(100, count, false, false)
}

func threadAsker(parked bool) func(int) float64 {
	return func(count int) float64 { return runAsker(1, count, parked, true) / 1e3 }
}

const noThen = "a goroutine that asks waits for the answer; see await"

var asks = []measure{
	{name: "then/1", absent: noThen},
	{name: "then/2", absent: noThen},
	{name: "then-100/1", absent: noThen},
	{name: "then-100/2", absent: noThen},
	{name: "await/1", unit: "ns/call", count: 2000000, run: await},
	{name: "await/2", unit: "ns/call", count: 2000000, run: await},
	{name: "await-100/1", unit: "M/s", rate: true, count: 5000000, run: awaitHundred},
	{name: "await-100/2", unit: "M/s", rate: true, count: 5000000, run: awaitHundred},
	{name: "ask-thread/parked", unit: "us", count: 2000, run: threadAsker(true)},
	{name: "ask-thread/busy", unit: "us", count: 20000, run: threadAsker(false)},
}
