// Package house holds the rules of the repository that a compiler cannot: which
// package may import which, where goroutines start, what a file and an exported name
// owe to their reader. It has tests only.
package house
