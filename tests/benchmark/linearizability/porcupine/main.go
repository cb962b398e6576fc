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

// Values are numbers of texts.
type input struct {
	kind               int
	key                int
	argument, expected int
}

type output struct {
	answer int
	value  int
}

var texts []string
var empty int // the number of the empty text

// Of a key whose texts grow the state is the text; of a register it is the number, which is cheaper.
func stepText(state, in, out interface{}) (bool, interface{}) {
	text, op, result := state.(string), in.(input), out.(output)
	switch op.kind {
	case read:
		return result.answer == unknown || texts[result.value] == text, state
	case write:
		return true, texts[op.argument]
	case appended:
		return true, text + texts[op.argument]
	}
	swaps := text == texts[op.expected]
	if swaps {
		return allowed(op, result, swaps, text == texts[result.value]), texts[op.argument]
	}
	return allowed(op, result, swaps, text == texts[result.value]), state
}

func stepNumber(state, in, out interface{}) (bool, interface{}) {
	value, op, result := state.(int), in.(input), out.(output)
	switch op.kind {
	case read:
		return result.answer == unknown || result.value == value, state
	case write:
		return true, op.argument
	}
	swaps := value == op.expected
	if swaps {
		return allowed(op, result, swaps, value == result.value), op.argument
	}
	return allowed(op, result, swaps, value == result.value), state
}

// Whether a compare-and-set may answer so: `same` where what it says it saw is what is there.
func allowed(op input, result output, swaps, same bool) bool {
	switch result.answer {
	case done:
		return swaps
	case refused:
		return !swaps && same
	case refusedMute:
		return !swaps
	}
	return true
}

var seed = maphash.MakeSeed()

func hashText(state interface{}) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.WriteString(state.(string))
	return h.Sum64()
}

func hashNumber(state interface{}) uint64 {
	return uint64(state.(int)) * 0x9E3779B97F4A7C15
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

func modelOf(events []porcupine.Event) porcupine.Model {
	for _, event := range events {
		if event.Kind == porcupine.CallEvent && event.Value.(input).kind == appended {
			return porcupine.Model{PartitionEvent: byKey, Step: stepText, Hash: hashText,
				Init: func() interface{} { return "" }}
		}
	}
	return porcupine.Model{PartitionEvent: byKey, Step: stepNumber, Hash: hashNumber,
		Init: func() interface{} { return empty }}
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

func valueOf(word string, numbers map[string]int) int {
	if known, ok := numbers[word]; ok {
		return known
	}
	bytes, err := hex.DecodeString(word[1:])
	must(err)
	numbers[word] = len(texts)
	texts = append(texts, string(bytes))
	return numbers[word]
}

func events(name string) []porcupine.Event {
	file, err := os.Open(name)
	must(err)
	defer file.Close()
	numbers := map[string]int{}
	empty = valueOf("=", numbers)
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
				Value: input{number(words[3]), number(words[4]), valueOf(words[5], numbers), valueOf(words[6], numbers)}})
		} else {
			all = append(all, porcupine.Event{ClientId: clients[id], Kind: porcupine.ReturnEvent, Id: id,
				Value: output{number(words[2]), valueOf(words[3], numbers)}})
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
	model := modelOf(history)
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
