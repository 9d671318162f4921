// Plug is the plugin of plugged.
package main

var never = make(chan string)

//go:noinline
func park(message string) { never <- message }

// Wait never returns.
func Wait(message string) { park(message) }

func main() {}
