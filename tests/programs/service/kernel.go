package main

import (
	"runtime"
	"syscall"
	"unsafe"
)

// A seccomp filter over all threads that allows everything: what counts is that there is one.
func filter() {
	const (
		setNoNewPrivs = 38
		sysSeccomp    = 317
		modeFilter    = 1
		allThreads    = 1
		allow         = 0x7fff0000
	)
	type instruction struct {
		code   uint16
		jt, jf uint8
		k      uint32
	}
	type program struct {
		length       uint16
		instructions *instruction
	}
	if _, _, err := syscall.AllThreadsSyscall6(syscall.SYS_PRCTL, setNoNewPrivs, 1, 0, 0, 0, 0); err != 0 {
		panic(err)
	}
	filter := program{1, &instruction{code: 6, k: allow}}
	if _, _, err := syscall.RawSyscall(sysSeccomp, modeFilter, allThreads, uintptr(unsafe.Pointer(&filter))); err != 0 {
		panic(err)
	}
}

// A thread that waits for a child of vfork sleeps where nothing but the child's end wakes it.
func vfork(milliseconds int) {
	const (
		cloneVfork = 0x4000
		waitAll    = 0x40000000
	)
	runtime.LockOSThread()
	pause := syscall.Timespec{Sec: int64(milliseconds / 1000), Nsec: int64(milliseconds%1000) * 1_000_000}
	child, _, err := syscall.RawSyscall6(syscall.SYS_CLONE, cloneVfork, 0, 0, 0, 0, 0)
	if child == 0 && err == 0 {
		syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&pause)), 0, 0)
		syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
	if got, err := syscall.Wait4(int(child), nil, waitAll, nil); got != int(child) {
		wrong.Add(1)
		note("wait4: %d, %v", got, err)
	}
}
