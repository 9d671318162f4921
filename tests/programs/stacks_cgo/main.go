// Cgo goes from Go to C and back, twice, and dies or sleeps where its first argument says.
package main

/*
#include <pthread.h>
#include <unistd.h>

extern void enter(int depth, int how);

static __thread int local[100];

static __attribute__((noinline)) void c_outer(int depth, int how) {
	local[depth] = how;
	enter(depth, how);
	local[depth]++;
}

static __attribute__((noinline)) void c_sleep(int seconds) {
	sleep(seconds);
	local[0]++;
}

static __attribute__((noinline)) void c_crash(int *nowhere) {
	*nowhere = local[1];
}

static void *c_thread(void *how) {
	enter(0, *(int *)how);
	return 0;
}

static void c_start(int *how) {
	pthread_t thread;
	pthread_create(&thread, 0, c_thread, how);
}
*/
import "C"

import (
	"fmt"
	"os"
	"time"
)

const (
	inGo = iota
	inC
	asleep
	onThread
)

type record struct{ id int }

//go:noinline
func read(r *record) int { return r.id }

//export enter
func enter(depth, how C.int) {
	if depth > 0 {
		C.c_outer(depth-1, how)
		return
	}
	switch how {
	case inGo:
		fmt.Println(read(nil))
	case inC:
		C.c_crash(nil)
	case asleep:
		C.c_sleep(60)
	case onThread:
		time.Sleep(time.Minute)
	}
}

func main() {
	how := map[string]C.int{"go": inGo, "c": inC, "asleep": asleep, "thread": onThread}[os.Args[1]]
	switch how {
	case asleep:
		go C.c_outer(1, how)
	case onThread:
		C.c_start(&how)
	default:
		C.c_outer(1, how)
	}
	time.Sleep(200 * time.Millisecond)
	fmt.Println("ready")
	time.Sleep(time.Minute)
}
