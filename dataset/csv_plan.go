package dataset

import (
	"context"
	"io"
	"sync"
)

// A csvMark is a place in a file where a record may begin, and how many records
// and lines of the file are before it.
type csvMark struct{ offset, records, lines int64 }

// A csvPlan knows where the parts of a file begin: at the first place at or after
// the cut where a record may begin. It grows from the front, by reading or by
// scanning.
type csvPlan struct {
	mu    sync.Mutex
	marks []csvMark // of the parts from 0 on; the last of all is the end of the file
}

// learn adds the end of a part that has been read through.
func (p *csvPlan) learn(part int, end csvMark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) == part+1 {
		p.marks = append(p.marks, end)
	}
}

// total returns the number of records, once the end has been found.
func (p *csvPlan) total(parts int) (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.marks) <= parts {
		return 0, false
	}
	return p.marks[parts].records, true
}

// mark returns where a part begins, after scanning up to it where that is needed.
func (s *CSVSource) mark(ctx context.Context, f *csvFile, part int) (csvMark, error) {
	p := &f.plan
	p.mu.Lock()
	defer p.mu.Unlock()
	if part < len(p.marks) {
		return p.marks[part], nil
	}
	from := p.marks[len(p.marks)-1]
	in, err := f.open(from.offset)
	if err != nil {
		return csvMark{}, err
	}
	defer in.close()
	block := s.block()
	defer s.pool.Put(block)
	walk := csvWalk{in: in, block: *block, at: from.offset, scan: s.scanner(f, from)}
	for part >= len(p.marks) {
		if err := walk.to(ctx, s.cut(f, len(p.marks))); err != nil {
			return csvMark{}, f.at(err)
		}
		p.marks = append(p.marks, csvMark{walk.at, walk.scan.records, walk.scan.lines})
	}
	return p.marks[part], nil
}

// bounds returns where a part begins and ends.
func (s *CSVSource) bounds(ctx context.Context, p csvPart) (from, to csvMark, err error) {
	if to, err = s.mark(ctx, p.file, p.number+1); err == nil {
		from, err = s.mark(ctx, p.file, p.number)
	}
	return from, to, err
}

// cut is the byte at which a part begins, before that is moved to a record.
func (s *CSVSource) cut(f *csvFile, part int) int64 {
	if part == f.parts {
		return endOfFile
	}
	return int64(part) * s.csv.PartSize
}

const endOfFile = 1<<63 - 1

func (s *CSVSource) scanner(f *csvFile, at csvMark) csvScanner {
	return csvScanner{csvDialect: s.csv.dialect(), blank: f.fields == 1, records: at.records, lines: at.lines}
}

func (c CSV) dialect() csvDialect { return csvDialect{c.Comma, c.Quote, c.Comment} }

// A csvWalk scans a file without reading its values.
type csvWalk struct {
	in    io.Reader
	block []byte
	rest  []byte // of the block, not scanned yet
	at    int64  // offset of rest
	scan  csvScanner
}

// to goes on to the first place at or after the cut where a record may begin.
func (w *csvWalk) to(ctx context.Context, cut int64) error {
	for {
		for len(w.rest) > 0 {
			if w.scan.state == atRecord && w.at >= cut {
				return nil
			}
			n, _ := w.scan.unit(w.rest)
			w.rest = w.rest[n:]
			w.at += int64(n)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := w.in.Read(w.block)
		w.rest = w.block[:n]
		if err == io.EOF && n == 0 {
			w.scan.finish()
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
}
