// Plugged loads the plugin named by its argument, leaves a goroutine in it and dies in the host.
package main

import (
	"os"
	"plugin"
	"time"
)

//go:noinline
func die(numbers []int, index int) int { return numbers[index] }

func main() {
	loaded, err := plugin.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	wait, err := loaded.Lookup("Wait")
	if err != nil {
		panic(err)
	}
	go wait.(func(string))("from the host")
	time.Sleep(50 * time.Millisecond)
	os.Exit(die(nil, 3))
}
