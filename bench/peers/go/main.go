// main.go - the program of Go: goroutines and channels, one runtime with so many processors (GOMAXPROCS).
//
// The command line is that of every program of measures: --list, or --run NAME COUNT (see bench/program.c).
// Read next: cores.go, rings.go
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

type measure struct {
	name, unit string
	rate       bool // more is better
	count      int
	run        func(count int) float64
	absent     string // why it cannot be measured; run is nil then
}

var groups = [][]measure{rings, streams, asks, lives, crowds, stores}

func list() {
	for _, group := range groups {
		for _, m := range group {
			better := "less"
			if m.rate {
				better = "more"
			}
			if m.absent != "" {
				fmt.Printf("%s\t-\t%s\n", m.name, m.absent)
			} else {
				fmt.Printf("%s\t%s\t%s\t%d\t-\t1\n", m.name, m.unit, better, m.count)
			}
		}
	}
}

// Processors for a measure: NAME/1 has one, every other two.
func run(m measure, count int) {
	workers := 2
	if strings.HasSuffix(m.name, "/1") {
		workers = 1
	}
	if len(cores) < workers {
		fmt.Printf("%s\t-\ttoo few cores\n", m.name)
		return
	}
	useCores(workers)
	figure := m.run(count)
	fmt.Printf("%s\t%s\t%.6g\t%d\n", m.name, m.unit, figure, statusKiB("VmHWM:"))
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--list" {
		list()
		return
	}
	if len(os.Args) == 4 && os.Args[1] == "--run" {
		count, err := strconv.Atoi(os.Args[3])
		for _, group := range groups {
			for _, m := range group {
				if m.name == os.Args[2] && m.run != nil && err == nil && count > 0 {
					run(m, count)
					return
				}
			}
		}
	}
	fmt.Fprintln(os.Stderr, "usage: bench_go --list | --run NAME COUNT")
	os.Exit(2)
}

func check(good bool, what string) {
	if !good {
		fmt.Fprintln(os.Stderr, "not so:", what)
		os.Exit(1)
	}
}

func nsEach(start time.Time, count int) float64 {
	return float64(time.Since(start).Nanoseconds()) / float64(count)
}

func millions(start time.Time, count int) float64 {
	return 1e3 / nsEach(start, count)
}

// Milliseconds for a Savina program of its own size, where one of its operations took so long.
func savinaMs(nsEach float64, operations int) float64 {
	return nsEach * float64(operations) / 1e6
}
