package dataset

import (
	"slices"
	"sync"
)

// A Report accounts for the records of a source that have been read: each once,
// however often it was read.
//
//	Rows = Kept + Rejected
type Report struct {
	Rows     int64         // records
	Kept     int64         // rows of them
	Rejected int64         // of them that were left out
	Reasons  []ReasonCount // of the records left out, or of the values that [Keep] made missing; sorted
}

// A csvReject is a Reject of a column of the full schema; -1 = of the record.
type csvReject struct {
	Reject
	column int
	want   string // the reason without what was found, for the Report
}

// A csvLedger knows which records of a source have been accounted for.
type csvLedger struct {
	mu    sync.Mutex
	sink  func(Reject)
	mode  ErrorMode
	parts []csvAccount
	tally Tally // Rows = records
}

// A csvAccount is what is known of a part.
type csvAccount struct {
	records int64        // those before it have been counted
	refused map[int]Bits // records with a reject, by column
}

// add accounts for the records of a part up to end, and tells the sink of the rejects
// among them that are new.
func (l *csvLedger) add(part int, end int64, rejects []csvReject) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &l.parts[part]
	if end > a.records {
		l.tally.Rows += end - a.records
		a.records = end
	}
	for i := range rejects {
		r := &rejects[i]
		slot := r.column
		if l.mode == Drop {
			slot = -1
		}
		if !a.mark(slot, int(r.Row)) {
			continue
		}
		if l.mode == Drop {
			l.tally.Rejected++
		}
		l.tally.count(ReasonCount{Column: r.Column, Reason: r.want, Rows: 1})
		if l.sink != nil {
			l.sink(r.Reject)
		}
	}
}

// mark notes a reject and reports whether it is new.
func (a *csvAccount) mark(slot, row int) bool {
	if a.refused == nil {
		a.refused = map[int]Bits{}
	}
	b := a.refused[slot]
	if b.Has(row) {
		return false
	}
	if need := row>>6 + 1 - len(b); need > 0 {
		b = append(b, make(Bits, need)...)
	}
	b.Set(row, 0)
	a.refused[slot] = b
	return true
}

func (l *csvLedger) report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.tally
	return Report{Rows: t.Rows, Kept: t.Rows - t.Rejected, Rejected: t.Rejected, Reasons: slices.Clone(t.Reasons)}
}
