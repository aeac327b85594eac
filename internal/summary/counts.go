package summary

import (
	"strings"

	"github.com/millrace-ml/millrace/dataset"
)

// Counts is how often each text occurs. Missing values are not counted. Its order
// is that of a map: who lists the texts sorts them.
type Counts map[string]int64

// Add counts the texts of a column. Where the dictionary is not much larger than
// the column, as is usual, it looks up each entry once and not each row.
func (c Counts) Add(col dataset.Strings) {
	if len(col.Dict) > 4*len(col.Codes) {
		for _, code := range col.Codes {
			if code >= 0 {
				c.add(col.Dict[code], 1)
			}
		}
		return
	}
	rows := make([]int64, len(col.Dict)+1) // by code+1; 0 counts what is missing
	for _, code := range col.Codes {
		rows[code+1]++
	}
	for code, text := range col.Dict {
		if n := rows[code+1]; n > 0 {
			c.add(text, n)
		}
	}
}

// add copies a text that is new, so that the counts do not keep a chunk's bytes
// alive.
func (c Counts) add(text string, n int64) {
	if _, ok := c[text]; !ok {
		text = strings.Clone(text)
	}
	c[text] += n
}

// Merge adds the counts of other.
func (c Counts) Merge(other Counts) {
	for text, n := range other {
		c[text] += n
	}
}
