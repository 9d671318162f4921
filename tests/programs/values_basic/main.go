// Prints what its variables are, one JSON line each, and then crashes.
//
// A line names the function whose variable it is. The text of a value is made by walking it with
// reflect: the program's own word, which the debugger's word is compared with.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

type MyInt int32
type Names []string
type Inner struct {
	X, Y int32
	Tag  string
}
type Outer struct {
	A    int8
	B    uint16
	Inner
	F    float32
	G    float64
	Text string
	P    *Inner
	Nil  *Outer
	List []MyInt
	Arr  [3]bool
	M    map[string]int
	I    interface{}
	U    uintptr
	C    complex128
	Fn   func(int) string
	Ch   chan int
	Self *Outer
	unex [2]Inner
}
type Pair[K comparable, V any] struct {
	Key K
	Val V
}

type truth struct {
	Function string `json:"function"`
	Name     string `json:"name"`
	Type     string `json:"type"`
	Value    string `json:"value"`
	Len      *int   `json:"len"`
	Cap      *int   `json:"cap"`
	Addr     string `json:"addr"`
}

var out = json.NewEncoder(os.Stdout)

//go:noinline
func say(function, name string, v any, addr unsafe.Pointer) {
	r := reflect.ValueOf(v)
	t := truth{Function: function, Name: name}
	if v != nil {
		t.Type = r.Type().String()
		t.Value = show(r, 0)
		switch r.Kind() {
		case reflect.Slice:
			l, c := r.Len(), r.Cap()
			t.Len, t.Cap = &l, &c
		case reflect.String:
			l := r.Len()
			t.Len = &l
		}
	}
	if addr != nil {
		t.Addr = fmt.Sprintf("%p", addr)
	}
	out.Encode(t)
}

func list(r reflect.Value, n, depth int) string {
	parts := []string{}
	for i := 0; i < n; i++ {
		parts = append(parts, show(r.Index(i), depth+1))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// show writes a value of the kinds that are compared; "?" stands for anything.
func show(r reflect.Value, depth int) string {
	name := r.Type().String()
	switch r.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(r.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(r.Uint(), 10)
	case reflect.Float32:
		return fmt.Sprint(float32(r.Float()))
	case reflect.Float64:
		return fmt.Sprint(r.Float())
	case reflect.Complex128, reflect.Complex64:
		c := r.Complex()
		return fmt.Sprintf("(%v + %vi)", real(c), imag(c))
	case reflect.String:
		return strconv.Quote(r.String())
	case reflect.Slice:
		if r.IsNil() {
			return name + " nil"
		}
		head := fmt.Sprintf("%s len: %d, cap: %d, ", name, r.Len(), r.Cap())
		if depth >= 2 && r.Len() > 0 {
			return head + "?"
		}
		return head + list(r, r.Len(), depth)
	case reflect.Array:
		if depth >= 2 {
			return name + " ?"
		}
		return name + " " + list(r, r.Len(), depth)
	case reflect.Struct:
		if depth >= 2 {
			return name + " {?"
		}
		parts := []string{}
		for i := 0; i < r.NumField(); i++ {
			parts = append(parts, r.Type().Field(i).Name+": "+show(r.Field(i), depth+1))
		}
		return name + " {" + strings.Join(parts, ", ") + "}"
	case reflect.Pointer:
		if r.IsNil() {
			return name + " nil"
		}
		if depth > 0 {
			return "?"
		}
		return "*" + show(r.Elem(), depth)
	case reflect.Map, reflect.Chan, reflect.Func, reflect.Interface:
		if r.IsNil() {
			return name + " nil"
		}
	}
	return "?"
}

//go:noinline
func boom(p *int) { *p = 1 }

//go:noinline
func use(vs ...any) {
	if len(os.Args) > 100 {
		fmt.Println(vs...)
	}
}

//go:noinline
func scalars(a int, b uint8, c string, d bool, e float64, f MyInt, g []int, h Names) (sum int, err error) {
	i16 := int16(-a)
	u64 := uint64(1) << 63
	f32 := float32(e) / 3
	cx := complex(e, -e)
	empty := []string{}
	var none []string
	long := strings.Repeat("héllo\x00", 100)
	if d {
		say("main.scalars", "a", a, nil)
		say("main.scalars", "b", b, nil)
		say("main.scalars", "c", c, nil)
		say("main.scalars", "d", d, nil)
		say("main.scalars", "e", e, nil)
		say("main.scalars", "f", f, nil)
		say("main.scalars", "g", g, nil)
		say("main.scalars", "h", h, nil)
		say("main.scalars", "i16", i16, nil)
		say("main.scalars", "u64", u64, nil)
		say("main.scalars", "f32", f32, nil)
		say("main.scalars", "cx", cx, nil)
		say("main.scalars", "empty", empty, nil)
		say("main.scalars", "none", none, nil)
		say("main.scalars", "long", long, nil)
	}
	sum, err = structs(Outer{A: int8(a), Text: c, List: []MyInt{f, f + 1}}, &Outer{B: 7, P: &Inner{1, 2, "t"}})
	use(a, b, c, d, e, f, g, h, i16, u64, f32, cx, empty, none, long)
	return sum, err
}

//go:noinline
func structs(v Outer, p *Outer) (n int, err error) {
	v.Inner = Inner{-1, -2, "in\"ner"}
	v.G = 1e300
	v.M = nil
	v.U = 0xdeadbeef
	p.Self = p
	arr := [4]Inner{{1, 1, "a"}, {2, 2, "b"}}
	pair := Pair[string, []int]{"k", []int{1, 2, 3}}
	ptr := &pair.Val
	matrix := [][]int{{1, 2}, nil, {3}}
	escaped := len(v.Text)
	sink = &escaped
	say("main.structs", "v", v, nil)
	say("main.structs", "p", p, nil)
	say("main.structs", "arr", arr, nil)
	say("main.structs", "pair", pair, nil)
	say("main.structs", "matrix", matrix, nil)
	say("main.structs", "escaped", escaped, unsafe.Pointer(&escaped))
	n, err = scopes(escaped)
	use(v, p, arr, pair, *ptr, matrix, escaped)
	return n, err
}

var sink *int

//go:noinline
func scopes(x int) (r int, err error) {
	total := 100
	{
		x := "inner"
		for x := 0.5; x < 2; x++ {
			y := x * 2
			if x > 1 {
				say("main.scopes", "x", x, nil)
				say("main.scopes", "y", y, nil)
				say("main.scopes", "total", total, nil)
				use(inline(total, x))
				use(y)
			}
			use(x)
		}
		use(x)
	}
	use(x, total)
	return total, nil
}

// inline and deeper are small enough to be inlined; what they print about themselves is printed by
// closure, and what they add up afterwards keeps their variables alive.
func inline(n int, weight float64) int {
	half := n / 2
	return deeper(half, "deep") + n + half
}

func deeper(k int, s string) int {
	local := k + len(s)
	return closure(local) + k + local + len(s)
}

//go:noinline
func closure(start int) int {
	say("main.inline", "n", (start-4)*2, nil)
	say("main.inline", "half", start-4, nil)
	say("main.deeper", "k", start-4, nil)
	say("main.deeper", "s", "deep", nil)
	say("main.deeper", "local", start, nil)
	count := start
	names := []string{"a", "b"}
	step := func(by int) {
		count += by
		say("main.closure.func1", "by", by, nil)
		say("main.closure.func1", "count", count, unsafe.Pointer(&count))
		say("main.closure.func1", "names", names, nil)
		say("main.closure", "start", start, nil)
		say("main.closure", "count", count, unsafe.Pointer(&count))
		generic(map[string]int{"a": 1}, []MyInt{4, 5})
		use(by, names, start)
	}
	call(step)
	use(count, names, start)
	return count
}

//go:noinline
func call(f func(int)) { f(3) }

//go:noinline
func generic[K comparable, T any](m map[K]int, list []T) T {
	var zero T
	n := len(m) + len(list)
	say("main.generic[...]", "n", n, nil)
	say("main.generic[...]", "list", list, nil)
	say("main.generic[...]", "zero", zero, nil)
	leaf(nil, n)
	use(m, list, zero, n)
	return zero
}

//go:noinline
func leaf(p *int, n int) {
	square := n * n
	say("main.leaf", "n", n, nil)
	say("main.leaf", "square", square, nil)
	boom(p)
	use(p, n, square)
}

func main() {
	sum, err := scalars(42, 200, "text\n\t\"q\"", true, 2.5, -7, []int{1, -2, 3}, Names{"x", "yz"})
	use(sum, err)
}
