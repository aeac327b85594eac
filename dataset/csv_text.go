package dataset

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// A csvText makes the dictionaries of a text column, chunk by chunk. Texts are kept
// over the chunks of a part, so that each is allocated once. Where most texts of a
// chunk differ it stops looking for equal ones, but for the one in the row before.
type csvText struct {
	seed    maphash.Seed // drawn at random, so that no file can be made whose texts all collide
	salt    uint64
	slots   []int32 // index of an entry, by hash; -1 = none
	entries []csvEntry
	chunk   int32    // number of the chunk, from 1
	dict    []string // of the chunk
	added   int32    // the entry that is last in dict

	unique bool
	arena  []byte  // texts of the chunk, one after another, where unique
	ends   []int32 // of each text in arena

	addedAt int // row whose text was the last one to be new in the chunk

	// The last field of at most eight bytes with what ends it, as they were read.
	word, mask uint64
	wordSize   int
	wordCode   int32
}

// A csvEntry is a text that has been seen.
type csvEntry struct {
	key   uint64 // of the text
	text  string
	chunk int32 // that its code is of
	code  int32
}

// manyTexts is how many texts a column keeps before it begins anew.
const manyTexts = 16 * ChunkRows

func newCSVText() *csvText {
	t := &csvText{seed: maphash.MakeSeed()}
	t.salt = maphash.String(t.seed, "salt")
	t.begin()
	return t
}

// begin starts a chunk.
func (t *csvText) begin() {
	t.chunk++
	t.dict, t.arena, t.ends = nil, t.arena[:0], t.ends[:0]
	if t.slots == nil || len(t.entries) > manyTexts {
		t.entries = t.entries[:0]
		t.rehash(64)
	}
	t.forget()
}

func (t *csvText) forget() {
	t.addedAt = -1
	t.word, t.mask = 1, 0 // equal to nothing
}

// key is the text itself where it has at most seven bytes, else its hash.
func (t *csvText) key(text []byte) uint64 {
	if n := len(text); n <= 7 {
		var word [8]byte
		copy(word[:], text)
		return shortKey(binary.LittleEndian.Uint64(word[:]), n)
	}
	return maphash.Bytes(t.seed, text) | 0x80<<56
}

// shortKey is the key of the first n bytes of word, at most seven.
func shortKey(word uint64, n int) uint64 { return word&(1<<(8*n)-1) | uint64(n)<<56 }

// code returns the code of the text in a row.
func (t *csvText) code(text []byte, row int) int32 {
	if t.unique {
		return t.append(text, row)
	}
	return t.coded(t.find(t.key(text), text), row)
}

// coded returns the code of an entry in the chunk.
func (t *csvText) coded(k int32, row int) int32 {
	e := &t.entries[k]
	if e.chunk != t.chunk {
		e.chunk, e.code = t.chunk, int32(len(t.dict))
		t.dict = append(t.dict, e.text)
		t.added, t.addedAt = k, row
	}
	return e.code
}

// find returns the entry of a text.
func (t *csvText) find(key uint64, text []byte) int32 {
	slot := t.slot(key)
	for ; ; slot = (slot + 1) & (len(t.slots) - 1) {
		k := t.slots[slot]
		if k < 0 {
			break
		}
		if e := &t.entries[k]; e.key == key && (key>>63 == 0 || e.text == string(text)) {
			return k
		}
	}
	k := int32(len(t.entries))
	t.entries = append(t.entries, csvEntry{key: key, text: string(text)})
	t.slots[slot] = k
	if 2*len(t.entries) > len(t.slots) {
		t.rehash(2 * len(t.slots))
	}
	return k
}

// slot is where the search for a key begins.
func (t *csvText) slot(key uint64) int {
	hi, lo := bits.Mul64(key^t.salt, 0x9e3779b97f4a7c15)
	return int(hi^lo) & (len(t.slots) - 1)
}

// rehash makes a table of n slots, a power of two.
func (t *csvText) rehash(n int) {
	t.slots = make([]int32, n)
	for i := range t.slots {
		t.slots[i] = -1
	}
	for k := range t.entries {
		slot := t.slot(t.entries[k].key)
		for t.slots[slot] >= 0 {
			slot = (slot + 1) & (n - 1)
		}
		t.slots[slot] = int32(k)
	}
}

// append adds a text without looking for an equal one, but for that of the row before.
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
		t.entries[t.added].chunk = 0
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
		t.unique, t.entries = true, nil
	}
	t.begin()
	return dict
}
