// Evaluates expressions, prints the text of each with what the compiled program made of it, one JSON
// line each, and crashes.
//
// The debugger evaluates the same texts in the frame that crashed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

type truth struct {
	Expr  string `json:"expr"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

var out = json.NewEncoder(os.Stdout)

// is prints what an expression gave; its type where it is not that of a constant.
func is(expr string, v any) {
	t := truth{Expr: expr, Type: fmt.Sprintf("%T", v)}
	switch v := v.(type) {
	case string:
		t.Value = strconv.Quote(v)
	case complex128:
		t.Value = fmt.Sprintf("(%v + %vi)", real(v), imag(v))
	case nil:
		t.Value, t.Type = "nil", ""
	default:
		t.Value = fmt.Sprint(v)
	}
	out.Encode(t)
}

// fails names an expression that Go refuses or that panics, and the part that is at fault.
func fails(expr, part string) {
	out.Encode(map[string]string{"expr": expr, "part": part})
}

type color int

const (
	red color = iota
	green
)

type base struct {
	id   int
	deep struct{ flag bool }
}

func (b base) ID() int { return b.id }

type named interface{ ID() int }

type node struct {
	*base
	color
	name  string
	next  *node
	tags  []string
	grid  [2][3]int8
	ratio float32
	any   any
	named named
	err   error
	ports map[string]uint16
	byKey map[key]string
	byAny map[any]int
	wide  map[int64]*node
	queue chan int
	z     complex128
	raw   unsafe.Pointer
	call  func(int) int
}

type key struct {
	host string
	port int
}

type pair[K comparable, V any] struct {
	key K
	val V
}

var counter int64 = 41
var huge uint64 = 1<<63 + 5
var table = [...]string{"zero", "one", "two"}
var client = &http.Client{}
var instance = pair[string, int]{"k", 7}

func build() *node {
	tail := &node{base: &base{id: 2}, name: "tail", color: 3, grid: [2][3]int8{{1, 2, 3}, {4, 5, 6}}}
	head := &node{
		base: &base{id: 1}, name: "héad\n", color: 1, next: tail,
		tags: append(make([]string, 0, 4), "a", "bc", ""), grid: [2][3]int8{{-1, -2, -3}, {127, -128, 0}},
		ratio: 0.25, any: *tail.base, named: *tail.base, err: errors.New("broken"),
		ports: map[string]uint16{"http": 80, "https": 443}, byKey: map[key]string{{"h", 1}: "found"},
		byAny: map[any]int{"s": 1, 2: 2, key{"x", 9}: 3}, wide: map[int64]*node{-5: tail},
		queue: make(chan int, 3), z: complex(1.5, -2), call: func(i int) int { return i },
	}
	head.base.deep.flag = true
	head.raw = unsafe.Pointer(tail)
	head.queue <- 7
	for i := int64(0); i < 1000; i++ {
		head.wide[i] = head
	}
	return head
}

//go:noinline
func work(n *node, index int, small uint8, text string) {
	defer func() {
		keep(n, index, small, text)
	}()
	floating := 2.5
	numbers := []int{10, 20, 30, 40}
	truths(n, index, small, text, floating, numbers)
	keep(n, index, small, text, &floating, &numbers)
	var broken *node
	broken.name = "never"
}

//go:noinline
func keep(...any) {}

func truths(n *node, index int, small uint8, text string, floating float64, numbers []int) {
	// Selectors.
	is("n.name", n.name)
	is("n.next.name", n.next.name)
	is("n.id", n.id)
	is("n.base.id", n.base.id)
	is("n.deep.flag", n.deep.flag)
	is("(*n).color", (*n).color)
	is("(*n.next).id", (*n.next).id)
	is("n.named.(base).id", n.named.(base).id)
	is("n.any.(base).id", n.any.(base).id)
	is("n.err == nil", n.err == nil)
	is("n.next.err == nil", n.next.err == nil)
	is("n.next.next == nil", n.next.next == nil)
	is("n.next == n.wide[-5]", n.next == n.wide[-5])
	is("n.any == nil", n.any == nil)
	is("instance.key", instance.key)
	is("instance.val + 1", instance.val+1)
	is("main.instance.val", instance.val)
	// Indexes, slices, maps.
	is("n.tags[1]", n.tags[1])
	is("n.tags[1][1]", n.tags[1][1])
	is("len(n.tags)", len(n.tags))
	is("cap(n.tags)", cap(n.tags))
	is("len(n.tags[1:])", len(n.tags[1:]))
	is("cap(n.tags[1:2:3])", cap(n.tags[1:2:3]))
	is("numbers[1:3][1]", numbers[1:3][1])
	is("numbers[index]", numbers[index])
	is("numbers[len(numbers)-1]", numbers[len(numbers)-1])
	is("n.grid[1][0]", n.grid[1][0])
	is("n.grid[index][2]", n.grid[index][2])
	is("len(n.grid)", len(n.grid))
	is("n.grid[0][1:][0]", n.grid[0][1:][0])
	is("text[1:3]", text[1:3])
	is("len(text)", len(text))
	is("n.ports[\"https\"]", n.ports["https"])
	is("n.ports[\"ht\" + \"tp\"]", n.ports["ht"+"tp"])
	is("len(n.ports)", len(n.ports))
	is("n.wide[999].name", n.wide[999].name)
	is("n.wide[-5].id", n.wide[-5].id)
	is("len(n.wide)", len(n.wide))
	is("n.byAny[\"s\"]", n.byAny["s"])
	is("n.byAny[2]", n.byAny[2])
	is("len(n.queue)", len(n.queue))
	is("cap(n.queue)", cap(n.queue))
	is("table[2]", table[2])
	is("main.table[0]", table[0])
	is("len(table)", len(table))
	// Arithmetic with Go's types and constants.
	is("index + 2*3", index+2*3)
	is("small + 100", small+100)
	is("small * small", small*small)
	is("-n.grid[1][1]", -n.grid[1][1])
	is("^small", ^small)
	is("small << 1", small<<1)
	is("small >> 3", small>>3)
	is("small &^ 0xF0", small&^0xF0)
	is("small & 0x0f | 1", small&0x0f|1)
	is("small ^ 1", small^1)
	is("7 / 2", 7/2)
	is("-7 / 2", -7/2)
	is("-7 % 3", -7%3)
	is("7 / 2.0", 7/2.0)
	is("floating * 2", floating*2)
	is("floating / 0.5 - 1", floating/0.5-1)
	is("n.ratio * 3", n.ratio*3)
	is("float64(n.ratio) * 3", float64(n.ratio)*3)
	is("counter + 1", counter+1)
	is("main.counter / 2", counter/2)
	is("huge * huge", huge*huge)
	is("huge + huge", huge+huge)
	is("1 << 40", 1<<40)
	is("'a' + 1", 'a'+1)
	is("0x10 + 0b11 + 0o7", 0x10+0b11+0o7)
	is("1e3", 1e3)
	is("n.z", n.z)
	is("real(n.z)", real(n.z))
	is("imag(n.z)", imag(n.z))
	is("n.z * n.z", n.z*n.z)
	is("complex(1, 2)", complex(1, 2))
	is("min(index, 5, -2)", min(index, 5, -2))
	is("max(floating, 1)", max(floating, 1))
	is("text + \"!\"", text+"!")
	// Comparisons and logic.
	is("index == 1", index == 1)
	is("index != 1 || small > 10", index != 1 || small > 10)
	is("!(index < 2) && n.next.next.name == \"\"", !(index < 2) && n.next.next.name == "")
	is("text == \"some text\"", text == "some text")
	is("text < \"t\"", text < "t")
	is("n.color == 1", n.color == 1)
	is("floating >= 2.5", floating >= 2.5)
	is("n.grid[0] == n.grid[1]", n.grid[0] == n.grid[1])
	is("n.grid[0] == n.grid[0]", n.grid[0] == n.grid[0])
	is("n.any == n.named", n.any == n.named)
	is("n.named == n.any", n.named == n.any)
	is("nil == n.next.tags", nil == n.next.tags)
	is("n.call == nil", n.call == nil)
	is("n.next.call == nil", n.next.call == nil)
	is("true && !false", true && !false)
	// Conversions.
	is("int8(index)", int8(index))
	is("int64(small) << 8", int64(small)<<8)
	is("uint8(index + 299)", uint8(index+299))
	is("float64(index) / 4", float64(index)/4)
	is("int(floating)", int(floating))
	is("color(2)", color(2))
	is("string([]byte(text)[:4])", string([]byte(text)[:4]))
	is("string(rune(233))", string(rune(233)))
	is("(*node)(n.raw).name", (*node)(n.raw).name)
	is("*(*int64)(unsafe.Pointer(&counter))", *(*int64)(unsafe.Pointer(&counter)))
	is("uintptr(n.raw) == 0", uintptr(n.raw) == 0)
	is("unsafe.Sizeof(n.grid)", unsafe.Sizeof(n.grid))
	is("unsafe.Sizeof(*n)", unsafe.Sizeof(*n))
	is("(&n.grid)[1][1]", (&n.grid)[1][1])
	is("*&counter", *&counter)
	// Other packages.
	is("os.Args[0] == \"\"", os.Args[0] == "")
	is("len(os.Args)", len(os.Args))
	is("http.StatusTeapot + 1", http.StatusTeapot+1)
	is("reflect.Map == 21", reflect.Map == 21)
	is("color(1) == green", color(1) == green)
	is("client.Timeout == 0", client.Timeout == 0)
	is("client.Jar == nil", client.Jar == nil)
	// What Go refuses, or what would panic.
	fails("n.nope", "nope")
	fails("nope", "nope")
	fails("nope.x", "nope")
	fails("main.nope", "main.nope")
	fails("n.tags[3]", "3")
	fails("n.tags[-1]", "-1")
	fails("numbers[5:]", "numbers[5:]")
	fails("n.ports[\"ftp\"]", "\"ftp\"")
	fails("n.next.next.name", "n.next.next")
	fails("*n.next.next", "n.next.next")
	fails("*index", "index")
	fails("index.x", "index")
	fails("index + floating", "index + floating")
	fails("index + \"s\"", "index + \"s\"")
	fails("index / 0", "0")
	fails("small + 300", "small + 300")
	fails("uint8(300)", "300")
	fails("n + 1", "n + 1")
	fails("n.raw + 8", "n.raw + 8")
	fails("n.any.(string)", "string")
	fails("index.(int)", "index")
	fails("n.base.ID()", "ID")
	fails("keep(1)", "keep")
	fails("len(index)", "index")
	fails("len()", "len()")
	fails("!index", "index")
	fails("index && true", "index")
	fails("1 << -1", "1 << -1")
	fails("n.tags == n.tags", "n.tags == n.tags")
	fails("int", "int")
	fails("(*nope)(0)", "nope")
}

func main() {
	n := build()
	if len(os.Args) > 5 {
		n.call(http.DefaultMaxHeaderBytes)
	}
	work(n, 1, 200, "some text")
	keep(client, &table, &counter, instance.val)
}
