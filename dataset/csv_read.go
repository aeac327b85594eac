package dataset

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
)

// chunkBytes is how much of a file makes a chunk at most: a bound on the memory of
// a chunk of long records.
const chunkBytes = 8 << 20

// A csvReader reads a part chunk by chunk.
type csvReader struct {
	csvRecords
	source *CSVSource
	part   int
	block  *[]byte // that buf began as
	build  *csvBuilder
	fast   *csvFast

	done    bool        // the part has been read to its end
	start   int64       // offset of the part
	from    int64       // records of the file before it
	seen    int64       // records of the part before the chunk
	took    int64       // bytes of the file before the chunk
	packed  int64       // the same, before they were inflated
	rows    int         // of the chunk
	rejects []csvReject // of the chunk
	faults  []csvReject // of the record
}

// block returns a buffer of csvBlock bytes.
func (s *CSVSource) block() *[]byte { return s.pool.Get().(*[]byte) }

func (s *CSVSource) openPart(ctx context.Context, part int) (*csvReader, error) {
	p := s.parts[part]
	f := p.file
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	begin, err := s.mark(ctx, f, p.number)
	if err != nil {
		return nil, err
	}
	in, err := f.open(begin.offset)
	if err != nil {
		return nil, err
	}
	fields := make([]int, len(s.cols))
	for i, c := range s.cols {
		fields[i] = f.index[c]
	}
	block := s.block()
	r := &csvReader{
		csvRecords: csvRecords{
			ctx: ctx, in: in, file: f, maxRecord: s.csv.MaxRecord,
			buf: *block, base: begin.offset, limit: s.cut(f, p.number+1), scan: s.scanner(f, begin),
		},
		source: s, part: part, block: block,
		build: newCSVBuilder(s.csv, s.schema, fields),
		start: begin.offset, from: begin.records,
	}
	if p.number > 0 {
		r.took = begin.offset
	}
	r.fast = newCSVFast(r.build, s.csv.dialect(), f.fields)
	return r, nil
}

func (r *csvReader) close() {
	r.in.close()
	r.source.pool.Put(r.block)
}

// next reads a chunk, else io.EOF.
func (r *csvReader) next() (Chunk, error) {
	if r.done {
		return Chunk{}, io.EOF
	}
	if err := r.ctx.Err(); err != nil {
		return Chunk{}, err
	}
	if r.pos == r.end && !r.eof {
		if err := r.fill(); err != nil {
			return Chunk{}, err
		}
	}
	begin := r.offset()
	r.build.grow(0, r.expect())
	for r.records() < ChunkRows && r.offset()-begin < chunkBytes {
		if r.rows == r.build.room {
			r.build.grow(r.rows, min(2*r.build.room, ChunkRows))
		}
		if !r.skip && r.quick(begin+chunkBytes) {
			continue
		}
		rec, err := r.record()
		if err == io.EOF {
			r.done = true
			break
		}
		if err == nil {
			err = r.take(rec)
		}
		if err != nil {
			return Chunk{}, err
		}
	}
	return r.chunk()
}

// records returns how many records of the chunk have been read.
func (r *csvReader) records() int { return int(r.scan.records - r.from - r.seen) }

// expect estimates how many rows the next chunk has, from the records of the part so
// far, or else from the lines at hand.
func (r *csvReader) expect() int {
	used, records := r.offset()-r.start, r.seen
	if records == 0 {
		used = int64(r.end - r.pos)
		records = int64(bytes.Count(r.buf[r.pos:r.end], []byte{'\n'}))
	}
	left := int64(chunkBytes)
	switch {
	case !r.file.gzip:
		left = min(left, r.limit-r.offset(), r.file.size-r.offset())
	case r.eof:
		left = min(left, int64(r.end-r.pos))
	}
	rows := left / (used/(records+1) + 1)
	return int(min(max(rows+rows/8, 0)+8, ChunkRows))
}

// take reads the values of a record, which the fast way left alone.
func (r *csvReader) take(rec csvRecord) error {
	r.faults = r.faults[:0]
	if rec.fault.reason != "" {
		r.refuse(nil, nil, rec.fault)
		r.build.undo(r.rows)
		for i := range r.build.cols {
			r.build.setMissing(&r.build.cols[i], r.rows)
		}
	} else {
		r.values(r.split(rec.raw))
	}
	if len(r.faults) == 0 {
		r.rows++
		return nil
	}
	mode := r.source.csv.OnError
	for i := range r.faults {
		f := &r.faults[i]
		f.Source, f.Part, f.Row = r.file.path, r.part, r.scan.records-1-r.from
		f.Line, f.Offset, f.Raw = rec.line, rec.offset, bytes.Clone(rec.raw)
		if mode == FailFast {
			return &f.Reject
		}
		r.rejects = append(r.rejects, *f)
	}
	if mode == Keep {
		r.rows++
	} else {
		r.build.undo(r.rows)
	}
	return nil
}

// values puts the fields of a record into the columns, up to the first fault unless
// faults are kept.
func (r *csvReader) values(fields []csvField) {
	keep := r.source.csv.OnError == Keep
	if want := r.file.fields; len(fields) != want {
		r.refuse(nil, nil, fault{fmt.Sprintf("have %d fields, want %d", len(fields), want), fmt.Sprintf("want %d fields", want)})
	}
	cols := r.build.cols
	for i := range r.file.fields {
		if len(r.faults) > 0 && !keep {
			return
		}
		var c *csvColumn
		if len(cols) > 0 && cols[0].field == i {
			c, cols = &cols[0], cols[1:]
		}
		switch {
		case i < len(fields) && len(fields[i].tail) > 0:
			const want = "want a separator after the closing quote"
			r.refuse(c, fields[i].tail, fault{want, want})
		case c == nil:
			continue
		case i < len(fields):
			v := r.build.set(c, r.rows, fields[i].value, fields[i].quoted)
			if v == good {
				continue
			}
			r.refuse(c, fields[i].value, wanted(c.Type, v))
		}
		if c != nil {
			r.build.setMissing(c, r.rows)
		}
	}
}

// A fault says why something cannot be read: in full, and what was wanted.
type fault struct{ reason, want string }

func wanted(t Type, v verdict) fault {
	want := "want a " + t.String()
	switch {
	case v == tooFar && t == Int:
		want = fmt.Sprintf("want an int from %d to %d", int64(math.MinInt64), int64(math.MaxInt64))
	case v == tooFar:
		want += " that is not too large for it"
	case t == Int:
		want = "want an int"
	}
	return fault{want, want}
}

// refuse notes a fault of a column, or of the record where c is nil.
func (r *csvReader) refuse(c *csvColumn, value []byte, f fault) {
	reject := csvReject{column: -1, want: f.want, Reject: Reject{Value: shown(value), Reason: f.reason}}
	if c != nil {
		reject.column, reject.Column = r.source.cols[c.out], c.Name
	}
	r.faults = append(r.faults, reject)
}

// shown is as much of a value as an error shows.
func shown(value []byte) string {
	const most = 100
	if len(value) <= most {
		return string(value)
	}
	return string(value[:most]) + "..."
}

// chunk ends the chunk, else gives io.EOF where nothing was read.
func (r *csvReader) chunk() (Chunk, error) {
	records := r.records()
	if r.done {
		part := r.source.parts[r.part]
		r.file.plan.learn(part.number, csvMark{r.offset(), r.scan.records, r.scan.lines})
	}
	if records == 0 {
		return Chunk{}, io.EOF
	}
	origin := Origin{Source: r.file.path, Part: r.part, First: r.seen, Bytes: r.offset() - r.took}
	if r.in.took >= 0 {
		origin.Bytes = r.in.took - r.packed
		r.packed = r.in.took
	}
	rows := r.rows
	cols := r.build.finish(rows)
	r.source.ledger.add(r.part, r.seen+int64(records), r.rejects)
	var dropped []Reject
	if r.source.csv.OnError == Drop && len(r.rejects) > 0 {
		origin.Rows = r.kept(records)
		for _, reject := range r.rejects {
			dropped = append(dropped, reject.Reject)
		}
	}
	r.seen += int64(records)
	r.took, r.rows, r.rejects = r.offset(), 0, r.rejects[:0]
	c, err := NewChunk(r.build.schema, origin, cols...)
	if dropped != nil {
		c = c.WithRejects(dropped...)
	}
	return c, err
}

// kept lists the records of the chunk that have no reject.
func (r *csvReader) kept(records int) []int32 {
	rows := make([]int32, 0, records-len(r.rejects))
	rejects := r.rejects
	for i := range records {
		if len(rejects) > 0 && rejects[0].Row == r.seen+int64(i) {
			rejects = rejects[1:]
			continue
		}
		rows = append(rows, int32(i))
	}
	return rows
}
