// crowds.go - Savina's chameneos, big and fork-join (throughput). Read next: stores.go
package main

import (
	"math"
	"time"
)

// ---- chameneos ----

const creatureCount = 100

type kind int

const (
	meet kind = iota
	partner
	change
	closed
	metSoOften
)

type meeting struct {
	kind   kind
	colour int // or how often, in the end
	who    chan meeting
}

func complement(a, b int) int {
	if a == b {
		return a
	}
	return 3 - a - b
}

func creature(mall chan<- meeting, colour int) {
	inbox := make(chan meeting, 1)
	for met := 0; ; met++ {
		mall <- meeting{meet, colour, inbox}
		got := <-inbox
		switch got.kind {
		case partner:
			colour = complement(colour, got.colour)
			got.who <- meeting{kind: change, colour: colour}
		case change:
			colour = got.colour
		case closed:
			mall <- meeting{kind: metSoOften, colour: met}
			return
		}
	}
}

// Returns how often anyone met anyone.
func runMall(mall <-chan meeting, meetings int) int {
	var waits chan meeting
	met := 0
	for gone := 0; gone < creatureCount; {
		got := <-mall
		switch {
		case got.kind == metSoOften:
			met += got.colour
			gone++
		case meetings == 0:
			got.who <- meeting{kind: closed}
		case waits == nil:
			waits = got.who
		default:
			waits <- meeting{partner, got.colour, got.who}
			waits = nil
			meetings--
		}
	}
	return met
}

func chameneos(meetings int) float64 {
	mall := make(chan meeting, creatureCount)
	start := time.Now()
	for i := 0; i < creatureCount; i++ {
		go creature(mall, i%3)
	}
	met := runMall(mall, meetings)
	figure := nsEach(start, meetings)
	check(met == 2*meetings, "both who met counted every meeting")
	return savinaMs(figure, 200000)
}

// ---- big: an inbox has room for a ping of everybody and the pong, so nobody waits to send ----

const pingerCount = 120

type ping struct {
	from chan ping // nil in a pong
}

func draw(seed *uint64) int {
	*seed = *seed*6364136223846793005 + 1442695040888963407
	return int(*seed >> 33)
}

func runPinger(all []chan ping, index, pings int, sink chan<- bool) {
	inbox := all[index]
	seed := uint64(index)
	for got := range inbox {
		if got.from != nil {
			got.from <- ping{}
		} else if pings == 0 {
			pings--
			sink <- true
		} else {
			pings--
			all[draw(&seed)%pingerCount] <- ping{inbox}
		}
	}
}

func big(pings int) float64 {
	all := make([]chan ping, pingerCount)
	sink := make(chan bool, pingerCount)
	for i := range all {
		all[i] = make(chan ping, pingerCount+1)
	}
	for i := range all {
		go runPinger(all, i, pings, sink)
	}
	start := time.Now()
	for _, inbox := range all {
		inbox <- ping{}
	}
	for range all {
		<-sink
	}
	figure := nsEach(start, pings)
	for _, inbox := range all {
		close(inbox)
	}
	return savinaMs(figure, 20000)
}

// ---- fork-join (throughput) ----

const eaterCount = 60

func eater(in <-chan float64, done chan<- int) {
	eaten, total := 0, 0.0
	for angle := range in {
		sine := math.Sin(angle)
		total += sine * sine
		eaten++
	}
	check(total > 0, "the meals were eaten")
	done <- eaten
}

func feeding(meals int) float64 {
	team := make([]chan float64, eaterCount)
	done := make(chan int)
	start := time.Now()
	for i := range team {
		team[i] = make(chan float64, 128)
		go eater(team[i], done)
	}
	for m := 0; m < meals; m++ {
		for _, member := range team {
			member <- 37.2
		}
	}
	for _, member := range team {
		close(member)
		check(<-done == meals, "everything was eaten")
	}
	return savinaMs(nsEach(start, meals), 10000)
}

var crowds = []measure{
	{name: "savina.chameneos/1", unit: "ms", count: 200000, run: chameneos},
	{name: "savina.chameneos/2", unit: "ms", count: 200000, run: chameneos},
	{name: "savina.big/1", unit: "ms", count: 10000, run: big},
	{name: "savina.big/2", unit: "ms", count: 10000, run: big},
	{name: "savina.fjthroughput/1", unit: "ms", count: 10000, run: feeding},
	{name: "savina.fjthroughput/2", unit: "ms", count: 10000, run: feeding},
}
