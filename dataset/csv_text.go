package dataset

// A csvText makes the dictionaries of a text column, chunk by chunk. Texts are kept
// over the chunks of a part, so that each is allocated once. Where most texts of a
// chunk differ it stops looking for equal ones, but for the one in the row before.
type csvText struct {
	known   map[string]int32 // index in entries
	entries []csvEntry
	chunk   int32    // number of the chunk, from 1
	dict    []string // of the chunk

	unique bool
	arena  []byte  // texts of the chunk, one after another, where unique
	ends   []int32 // of each text in arena

	last     string // the text in the row before, unless unique
	lastCode int32  // -1 = not known
	addedAt  int    // row whose text was the last one to be new in the chunk

	// The last field of at most eight bytes with what ends it, as they were read.
	word, mask uint64
	wordSize   int
	wordCode   int32
}

type csvEntry struct {
	text  string
	chunk int32 // that its code is of
	code  int32
}

// manyTexts is how many texts a column keeps before it begins anew.
const manyTexts = 16 * ChunkRows

func newCSVText() *csvText {
	t := &csvText{known: map[string]int32{}}
	t.begin()
	return t
}

// begin starts a chunk.
func (t *csvText) begin() {
	t.chunk++
	t.dict, t.arena, t.ends = nil, t.arena[:0], t.ends[:0]
	if len(t.entries) > manyTexts {
		clear(t.known)
		t.entries = t.entries[:0]
	}
	t.forget()
}

func (t *csvText) forget() {
	t.last, t.lastCode, t.addedAt = "", -1, -1
	t.word, t.mask = 1, 0 // equal to nothing
}

// code returns the code of the text in a row.
func (t *csvText) code(text []byte, row int) int32 {
	if t.unique {
		return t.append(text, row)
	}
	if t.lastCode >= 0 && t.last == string(text) {
		return t.lastCode
	}
	k, ok := t.known[string(text)]
	if !ok {
		k = int32(len(t.entries))
		t.entries = append(t.entries, csvEntry{text: string(text)})
		t.known[t.entries[k].text] = k
	}
	e := &t.entries[k]
	if e.chunk != t.chunk {
		e.chunk, e.code = t.chunk, int32(len(t.dict))
		t.dict = append(t.dict, e.text)
		t.addedAt = row
	}
	t.last, t.lastCode = e.text, e.code
	return e.code
}

func (t *csvText) append(text []byte, row int) int32 {
	n := len(t.ends)
	from := 0
	if n > 1 {
		from = int(t.ends[n-2])
	}
	if n > 0 && string(t.arena[from:]) == string(text) {
		return int32(n - 1)
	}
	t.arena = append(t.arena, text...)
	t.ends = append(t.ends, int32(len(t.arena)))
	t.addedAt = row
	return int32(n)
}

// remember keeps a field that takes size bytes with what ends it, at the beginning
// of raw.
func (t *csvText) remember(raw uint64, size int, code int32) {
	t.mask = ^uint64(0) >> (64 - 8*size)
	t.word, t.wordSize, t.wordCode = raw&t.mask, size, code
}

// undo takes back what the text in a row added, since the row was refused.
func (t *csvText) undo(row int) {
	switch {
	case t.addedAt != row:
		return
	case t.unique:
		t.ends = t.ends[:len(t.ends)-1]
		t.arena = t.arena[:0]
		if n := len(t.ends); n > 0 {
			t.arena = t.arena[:t.ends[n-1]]
		}
	default:
		t.entries[t.known[t.dict[len(t.dict)-1]]].chunk = 0
		t.dict = t.dict[:len(t.dict)-1]
	}
	t.forget()
}

// finish returns the dictionary of a chunk of rows and starts the next.
func (t *csvText) finish(rows int) []string {
	dict := t.dict
	if t.unique {
		all := string(t.arena)
		dict = make([]string, len(t.ends))
		from := int32(0)
		for k, end := range t.ends {
			dict[k] = all[from:end]
			from = end
		}
	} else if rows >= 256 && len(dict) > rows/2 {
		t.unique, t.known, t.entries = true, nil, nil
	}
	t.begin()
	return dict
}
