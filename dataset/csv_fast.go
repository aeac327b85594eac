package dataset

// A csvFast reads records of the common kind: without line breaks in fields,
// complete in the buffer and free of faults. It gives up at all others, and leaves
// them as if it had never seen them. It may have written to the columns beyond the
// last row, but that row is written again.
type csvFast struct {
	ops    []csvOp
	comma  byte
	commas uint64 // eight of them
	quote  byte
	stop   [256]bool // bytes with which a record does not begin here
}

// A csvOp reads neighbouring fields.
type csvOp struct {
	kind  csvOpKind
	count int            // of fields
	col   int            // column of the first
	slot  int            // of the first column among those of its kind
	text  *csvText       // of opText
	cents *[1000]float64 // of opFloats
	size  int            // of opFloats, in bits
	last  bool           // of the record
	ends  uint64         // what ends the fields, eight times
}

type csvOpKind uint8

const (
	opFloats csvOpKind = iota
	opInts
	opText
	opSkip  // fields that are not read
	opOther // a field
)

func newCSVFast(b *csvBuilder, d csvDialect, fields int) *csvFast {
	f := &csvFast{comma: d.comma, commas: uint64(d.comma) * lowBits, quote: d.quote}
	f.stop['\n'], f.stop['\r'], f.stop[d.comment] = true, true, d.comment != 0
	next := 0
	skip := func(to int) {
		if to > next {
			f.add(csvOp{kind: opSkip, count: to - next}, fields-next)
		}
		next = to
	}
	for i := range b.cols {
		c := &b.cols[i]
		skip(c.field)
		op := csvOp{kind: opOther, count: 1, col: i, slot: c.slot, text: c.text}
		switch c.Type {
		case Float:
			op.kind, op.size, op.cents = opFloats, 64, &hundredths
		case Float32:
			op.kind, op.size, op.cents = opFloats, 32, &hundredths32
		case Int:
			op.kind = opInts
		case String:
			op.kind = opText
		}
		f.add(op, fields-next)
		next++
	}
	skip(fields)
	return f
}

// add appends an op where left fields are left of the record. Numbers are joined with
// those before, but for the last field of the record.
func (f *csvFast) add(op csvOp, left int) {
	op.ends = f.commas
	if op.count == left {
		op.last, op.ends = true, '\n'*lowBits
	} else if n := len(f.ops); n > 0 && op.kind <= opInts && f.ops[n-1].kind == op.kind && f.ops[n-1].cents == op.cents {
		f.ops[n-1].count++
		return
	}
	f.ops = append(f.ops, op)
}

// quick reads records as long as it can, up to a place in the file, and reports
// whether there was one.
func (r *csvReader) quick(until int64) bool {
	stop := int(min(until-r.base, r.limit-r.base, int64(r.end)))
	room := min(r.build.room, r.rows+ChunkRows-r.records())
	pos, row := r.fast.run(r.build, r.buf[:r.end+csvPad], r.pos, stop, r.rows, room, r.maxRecord)
	n := int64(row - r.rows)
	r.scan.records += n
	r.scan.lines += n
	r.pos, r.rows = pos, row
	return n > 0
}

// run reads the records that begin in data[pos:stop] into the rows from row to
// room-1. It returns where it stopped and the row that is next. Eight bytes of
// padding follow the data.
func (f *csvFast) run(b *csvBuilder, data []byte, pos, stop, row, room, most int) (int, int) {
	floats, stride := b.floats, b.stride
	for ; row < room && pos < stop && !f.stop[data[pos]]; row++ {
		p := pos
		for k := range f.ops {
			op := &f.ops[k]
			at := op.slot*stride + row
			switch op.kind {
			case opFloats:
				ends := op.ends
				cents := ends&(0xff<<32) | '0'<<24 | '0'<<16 | '.'<<8 | '0'
				for j := range op.count {
					w := load8(data, p)
					if d := w&0xff - '0'; d <= 9 && byte(w>>8) == byte(ends) {
						floats[at] = float64(d)
						p += 2
					} else if x := (w ^ cents) & 0xff_ffffffff; (x+0x7f_76767f76|x)&0x80_80808080 == 0 {
						floats[at] = op.cents[x&0xf*100+x>>16&0xf*10+x>>24]
						p += 5
					} else if n, size := shortInt(w, ends); size > 0 {
						floats[at] = float64(n)
						p += size
					} else if p = f.float(b, op, j, data, p, row); p < 0 {
						return pos, row
					}
					at += stride
				}
			case opInts:
				for j := range op.count {
					if n, size := shortInt(load8(data, p), op.ends); size > 0 {
						b.ints[at] = int64(n)
						p += size
					} else if p = f.field(b, op, j, data, p, row); p < 0 {
						return pos, row
					}
					at += stride
				}
			case opText:
				t := op.text
				if w := load8(data, p); w&t.mask == t.word {
					b.codes[at] = t.wordCode
					p += t.wordSize
				} else if p = f.textField(b, op, data, p, row); p < 0 {
					return pos, row
				}
			case opSkip:
				if p = f.skip(op, data, p); p < 0 {
					return pos, row
				}
			default:
				if p = f.field(b, op, 0, data, p, row); p < 0 {
					return pos, row
				}
			}
		}
		if p-pos > most {
			return pos, row
		}
		pos = p
	}
	return pos, row
}
