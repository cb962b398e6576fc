// SPDX-License-Identifier: Apache-2.0

// Checks one history with Porcupine, again and again, and prints its verdict and the milliseconds of
// processor time of each check:
//
//	porcupine REPETITIONS SECONDS FILE
//
// The file has an event a line, as ../porcupine.cpp writes them. Porcupine is given parsed events.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

// As history.h numbers them.
const (
	read = iota
	write
	appended
	cas
)
const (
	done = iota
	refused
	refusedMute
	unknown
)

type input struct {
	kind               int
	key                int
	argument, expected string
}

type output struct {
	answer int
	value  string
}

var seed = maphash.MakeSeed()

func hash(state interface{}) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(state.(string))
	return h.Sum64()
}

func step(state, in, out interface{}) (bool, interface{}) {
	text, op, result := state.(string), in.(input), out.(output)
	switch op.kind {
	case read:
		return result.answer == unknown || result.value == text, state
	case write:
		return true, op.argument
	case appended:
		return true, text + op.argument
	}
	swaps := text == op.expected
	after := text
	if swaps {
		after = op.argument
	}
	switch result.answer {
	case done:
		return swaps, after
	case refused:
		return !swaps && result.value == text, after
	case refusedMute:
		return !swaps, after
	}
	return true, after
}

func byKey(events []porcupine.Event) [][]porcupine.Event {
	keys := map[int]int{}
	ofID := map[int]int{}
	var parts [][]porcupine.Event
	for _, event := range events {
		if event.Kind == porcupine.CallEvent {
			key := event.Value.(input).key
			if _, known := keys[key]; !known {
				keys[key] = len(parts)
				parts = append(parts, nil)
			}
			ofID[event.Id] = keys[key]
		}
		part := ofID[event.Id]
		parts[part] = append(parts[part], event)
	}
	return parts
}

var model = porcupine.Model{
	PartitionEvent: byKey,
	Init:           func() interface{} { return "" },
	Step:           step,
	Hash:           hash,
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

func number(word string) int {
	n, err := strconv.Atoi(word)
	must(err)
	return n
}

// Equal texts share their memory, as they do in a history that was kept and not written down.
func text(word string, texts map[string]string) string {
	if known, ok := texts[word]; ok {
		return known
	}
	bytes, err := hex.DecodeString(word[1:])
	must(err)
	texts[word] = string(bytes)
	return texts[word]
}

func events(name string) []porcupine.Event {
	file, err := os.Open(name)
	must(err)
	defer file.Close()
	texts := map[string]string{}
	clients := map[int]int{}
	var all []porcupine.Event
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<30)
	for lines.Scan() {
		words := strings.Split(lines.Text(), " ")
		id := number(words[1])
		if words[0] == "c" {
			clients[id] = number(words[2])
			all = append(all, porcupine.Event{ClientId: clients[id], Kind: porcupine.CallEvent, Id: id,
				Value: input{number(words[3]), number(words[4]), text(words[5], texts), text(words[6], texts)}})
		} else {
			all = append(all, porcupine.Event{ClientId: clients[id], Kind: porcupine.ReturnEvent, Id: id,
				Value: output{number(words[2]), text(words[3], texts)}})
		}
	}
	must(lines.Err())
	return all
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	repetitions, seconds := number(os.Args[1]), number(os.Args[2])
	history := events(os.Args[3])
	limit := time.Duration(seconds) * time.Second
	verdicts := map[porcupine.CheckResult]string{
		porcupine.Ok: "ok", porcupine.Illegal: "illegal", porcupine.Unknown: "unknown"}
	var verdict string
	var times []float64
	for i := 0; i < repetitions; i++ {
		runtime.GC()
		began, clock := processorTime(), time.Now()
		verdict = verdicts[porcupine.CheckEventsTimeout(model, history, limit)]
		times = append(times, float64(processorTime()-began)/1e6)
		if verdict == "unknown" || time.Since(clock) > limit/3 {
			break
		}
	}
	sort.Float64s(times)
	fmt.Print(verdict)
	for _, t := range times {
		fmt.Printf(" %.4f", t)
	}
	fmt.Println()
}
