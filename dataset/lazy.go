package dataset

import "sync"

// A lazyColumn is a column that is decoded when it is first read, so that a pass
// pays only for the columns that it reads.
type lazyColumn struct {
	rows int
	get  func() Column
}

// newLazy makes a column of the given length that is decoded at most once.
func newLazy(rows int, decode func() Column) *lazyColumn {
	return &lazyColumn{rows: rows, get: sync.OnceValue(decode)}
}

func (l *lazyColumn) Len() int                  { return l.rows }
func (l *lazyColumn) Missing(i int) bool        { return l.get().Missing(i) }
func (l *lazyColumn) slice(from, to int) Column { return l.get().slice(from, to) }
func (l *lazyColumn) take(rows []int32) Column  { return l.get().take(rows) }
