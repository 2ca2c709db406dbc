// rings.go - a token goes round a ring of goroutines. A ring of two is ping-pong. Read next: streams.go
package main

import "time"

func node(in <-chan int, out chan<- int, done chan<- bool, placed bool, core int) {
	place(placed, core)
	for hops := range in {
		if hops == 0 {
			done <- true
		} else {
			out <- hops - 1
		}
	}
	done <- true
}

// Nanoseconds a hop.
func runRing(placed bool, size, hops int) float64 {
	links := make([]chan int, size)
	done := make(chan bool)
	for i := range links {
		links[i] = make(chan int)
	}
	for i := range links {
		go node(links[i], links[(i+1)%size], done, placed, i%2)
	}
	links[0] <- size // once round to warm up
	<-done
	start := time.Now()
	links[0] <- hops
	<-done
	figure := nsEach(start, hops)
	for _, link := range links {
		close(link)
		<-done
	}
	return figure
}

func ring(placed bool) func(int) float64 {
	return func(hops int) float64 { return runRing(placed, 100, hops) }
}

func pingPong(placed bool) func(int) float64 {
	return func(trips int) float64 { return 2 * runRing(placed, 2, 2*trips) }
}

func savinaRing(hops int) float64 {
	return savinaMs(runRing(false, 100, hops), 100000)
}

func savinaPingPong(trips int) float64 {
	return savinaMs(2*runRing(false, 2, 2*trips), 40000)
}

var rings = []measure{
	{name: "ring/1", unit: "ns/hop", count: 4000000, run: ring(false)},
	{name: "ring/2", unit: "ns/hop", count: 4000000, run: ring(false)},
	{name: "ring/placed", unit: "ns/hop", count: 20000, run: ring(true)},
	{name: "ping-pong/1", unit: "ns/trip", count: 2000000, run: pingPong(false)},
	{name: "ping-pong/2", unit: "ns/trip", count: 2000000, run: pingPong(false)},
	{name: "ping-pong/placed", unit: "ns/trip", count: 10000, run: pingPong(true)},
	{name: "savina.pingpong/1", unit: "ms", count: 40000, run: savinaPingPong},
	{name: "savina.pingpong/2", unit: "ms", count: 40000, run: savinaPingPong},
	{name: "savina.threadring/1", unit: "ms", count: 100000, run: savinaRing},
	{name: "savina.threadring/2", unit: "ms", count: 100000, run: savinaRing},
}
