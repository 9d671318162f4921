// A service that watches itself: it notes from inside every time it stood still, every wrong or
// lost answer, every failed system call and every signal. Tests attach to it and ask afterwards.
//
// It prints "ready", then one line of JSON with everything since the last one for each line that it
// reads from standard input; it ends when that is closed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var (
	served   atomic.Int64
	wrong    atomic.Int64
	born     atomic.Int64
	maxGap   atomic.Int64
	gaps     atomic.Int64
	pokes    atomic.Int64
	childs   atomic.Int64
	others   atomic.Int64
	troubleM sync.Mutex
	trouble  []string

	// Random, so that no page is like another or zero.
	heap []byte
)

type summary struct {
	Served   int64    `json:"served"`
	Wrong    int64    `json:"wrong"`
	Born     int64    `json:"born"`
	MaxGapNs int64    `json:"max_gap_ns"`
	Gaps     int64    `json:"gaps"`
	Pokes    int64    `json:"pokes"`
	Childs   int64    `json:"childs"`
	Others   int64    `json:"others"`
	Trouble  []string `json:"trouble"`
}

func note(format string, args ...any) {
	troubleM.Lock()
	defer troubleM.Unlock()
	if len(trouble) < 20 {
		trouble = append(trouble, fmt.Sprintf(format, args...))
	}
}

func number(name string) int {
	value, _ := strconv.Atoi(os.Getenv(name))
	return value
}

func main() {
	debug.SetMaxThreads(100_000)
	if number("SERVICE_SECCOMP") != 0 {
		filter()
	}
	if milliseconds := number("SERVICE_VFORK_MS"); milliseconds != 0 {
		go vfork(milliseconds)
	}
	fill(number("SERVICE_HEAP_MB"))
	watchSignals()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/double", double)
	go http.Serve(listener, nil)
	for i := 0; i < number("SERVICE_CLIENTS"); i++ {
		go client("http://" + listener.Addr().String())
	}
	for i := 0; i < number("SERVICE_READERS"); i++ {
		go reader()
		go sleeper()
	}
	for i := 0; i < number("SERVICE_CHURN"); i++ {
		go churn()
	}
	for i := 0; i < number("SERVICE_WRITERS"); i++ {
		go writer(i)
	}
	park(number("SERVICE_THREADS"))
	go watchGaps()
	fmt.Println("ready", os.Getpid(), strconv.FormatUint(uint64(uintptr(unsafe.Pointer(unsafe.SliceData(heap)))), 16), len(heap))
	answer()
}

func fill(megabytes int) {
	heap = make([]byte, megabytes<<20)
	random := rand.New(rand.NewSource(1))
	words := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(heap))), len(heap)/8)
	for i := range words {
		words[i] = random.Uint64()
	}
}

func answer() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		out := summary{
			Served: served.Load(), Wrong: wrong.Load(), Born: born.Load(),
			MaxGapNs: maxGap.Swap(0), Gaps: gaps.Swap(0),
			Pokes: pokes.Load(), Childs: childs.Load(), Others: others.Load(),
		}
		troubleM.Lock()
		out.Trouble = append([]string{}, trouble...)
		troubleM.Unlock()
		text, _ := json.Marshal(out)
		fmt.Println(string(text))
	}
}

// The longest time between two looks at the clock beyond the pause asked for. A thread of its own,
// so that other goroutines do not count.
func watchGaps() {
	runtime.LockOSThread()
	pause := syscall.Timespec{Nsec: 200_000}
	last := time.Now()
	for {
		syscall.Nanosleep(&pause, nil)
		now := time.Now()
		gap := int64(now.Sub(last))
		if gap > 5_000_000 {
			gaps.Add(1)
		}
		if gap > maxGap.Load() {
			maxGap.Store(gap)
		}
		last = now
	}
}

func watchSignals() {
	arrived := make(chan os.Signal, 1000)
	signal.Notify(arrived, syscall.SIGUSR1, syscall.SIGCHLD, syscall.SIGTRAP, syscall.SIGCONT, syscall.SIGUSR2)
	go func() {
		for which := range arrived {
			switch which {
			case syscall.SIGUSR1:
				pokes.Add(1)
			case syscall.SIGCHLD:
				childs.Add(1)
			default:
				others.Add(1)
			}
		}
	}()
}

func double(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	fmt.Fprint(w, 2*n)
}

func client(url string) {
	for n := 0; ; n++ {
		answer, err := http.Get(url + "/double?n=" + strconv.Itoa(n))
		if err != nil {
			wrong.Add(1)
			note("request: %v", err)
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || string(text) != strconv.Itoa(2*n) {
			wrong.Add(1)
			note("answer %q: %v", text, err)
		}
		served.Add(1)
		time.Sleep(time.Millisecond)
	}
}

// Blocking reads by hand: a read that is interrupted without a signal shows as an error.
func reader() {
	runtime.LockOSThread()
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	go func() {
		for {
			time.Sleep(3 * time.Millisecond)
			syscall.Write(ends[1], []byte{1})
		}
	}()
	var one [1]byte
	for {
		if n, err := syscall.Read(ends[0], one[:]); n != 1 || err != nil {
			wrong.Add(1)
			note("read: %d, %v", n, err)
		}
		served.Add(1)
	}
}

func sleeper() {
	runtime.LockOSThread()
	for {
		pause := syscall.Timespec{Nsec: 20_000_000}
		before := time.Now()
		// Only a signal may cut it short; with GODEBUG=asyncpreemptoff=1 there is none.
		err := syscall.Nanosleep(&pause, nil)
		if slept := time.Since(before); err != nil || slept < 20*time.Millisecond {
			wrong.Add(1)
			note("nanosleep: %v after %v", err, slept)
		}
		served.Add(1)
	}
}

// Threads that are made and end all the time: a goroutine that ends locked takes its thread along.
func churn() {
	for {
		done := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			born.Add(1)
			close(done)
		}()
		<-done
	}
}

// Dirties a page of the heap after the other: copy-on-write has something to do.
func writer(seed int) {
	random := rand.New(rand.NewSource(int64(seed)))
	for len(heap) > 0 {
		heap[random.Intn(len(heap))]++
		if random.Intn(50) == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func park(count int) {
	for i := 0; i < count; i++ {
		started := make(chan struct{})
		go func() {
			runtime.LockOSThread()
			close(started)
			select {}
		}()
		<-started
	}
}
