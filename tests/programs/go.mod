// Marks the root of the test programs' module; builds replace it with one whose Go version is
// that of the toolchain under test.
module example.com/programs

go 1.21
