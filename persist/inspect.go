package persist

import (
	"fmt"
	"strconv"
	"strings"
)

// A Summary is what a file says of itself, read without any of its stages' types.
type Summary struct {
	Size    int64  // of the file, in bytes
	Format  string // version of the file format
	SHA256  string // in hexadecimal
	Signed  bool   // whether there is a signature; see [Verify]
	Card    Card
	Stages  []StageInfo  // a stage before those inside it
	Tensors []TensorInfo // lists of numbers, as they lie in the file
}

// A StageInfo is a stage in a [Summary].
type StageInfo struct {
	Place   string // in the model, such as Stages.2; "" for the model itself
	Depth   int    // number of stages around it
	Name    string // registered name of its type
	Version int    // of its saved form
	Fields  []FieldInfo
}

// A FieldInfo is a field of a [StageInfo] that holds no stages.
type FieldInfo struct {
	Name string
	JSON string // its value; {"tensor": ...} names a [TensorInfo]
}

// A TensorInfo is a list of numbers in a [Summary].
type TensorInfo struct {
	Name  string
	Type  string // as the safetensors format calls it, such as F64
	Shape []int
}

// Inspect reads what a file says of itself. It checks the file as [Load] does, but
// makes no stage of it, so that it also reads files with stages that the program
// does not know.
func Inspect(path string, opts ...Option) (Summary, error) {
	o := newOptions(opts)
	b, err := readFile(path, o)
	if err != nil {
		return Summary{}, err
	}
	s, err := inspect(b, o)
	return s, inFile(path, err)
}

func inspect(b []byte, o options) (Summary, error) {
	c, mem, err := open(b, o)
	if err != nil {
		return Summary{}, err
	}
	s := Summary{Size: int64(len(b)), Format: formatVersion, SHA256: string(b[digestAt:digestTo])}
	s.Signed = strings.Trim(string(b[signAt:signTo]), "0") != ""
	for _, t := range c.order {
		s.Tensors = append(s.Tensors, TensorInfo{t.name, t.dtype.name, []int{t.n}})
	}
	if s.Card, err = readCard(c, mem); err != nil {
		return Summary{}, err
	}
	w := &walker{decoder{parser: &parser{text: c.model}, from: c, mem: mem, stages: new(int)}, &s}
	if err = w.stage(""); err == nil {
		err = w.end()
	}
	if err != nil {
		return Summary{}, fmt.Errorf("model: %w", err)
	}
	return s, nil
}

// A walker goes over the JSON of a model and notes its stages.
type walker struct {
	decoder
	out *Summary
}

func (w *walker) stage(place string) error {
	name, err := w.stageName()
	if err != nil {
		return err
	}
	version, err := w.anyVersion()
	if err != nil {
		return err
	}
	i := len(w.out.Stages)
	w.out.Stages = append(w.out.Stages, StageInfo{Place: place, Depth: w.nesting - 1, Name: name, Version: version})
	err = w.object(func(field string) error {
		w.space()
		from, stages := w.pos, *w.stages
		if err := w.value(join(place, field)); err != nil {
			return err
		}
		if *w.stages > stages {
			return nil
		}
		text := string(w.text[from:w.pos])
		w.out.Stages[i].Fields = append(w.out.Stages[i].Fields, FieldInfo{field, text})
		return w.mem.take(2, int64(len(text)))
	})
	if err != nil {
		return err
	}
	return w.stageTail()
}

// value goes over a value of any kind.
func (w *walker) value(place string) error {
	switch w.peek() {
	case '[':
		return w.array(func(i int) error { return w.value(join(place, strconv.Itoa(i))) })
	case '{':
		if w.isStage() {
			return w.stage(place)
		}
		return w.object(func(key string) error { return w.value(join(place, key)) })
	case '"':
		_, err := w.string()
		return err
	}
	return w.skip()
}

// isStage reports whether the object that is next is a stage's: no field of a
// struct begins with a small letter.
func (w *walker) isStage() bool {
	ahead := *w.parser
	if !ahead.next('{') {
		return false
	}
	key, err := ahead.string()
	return err == nil && key == "type"
}

// String shows a summary on several lines, long values cut.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s, %d bytes, sha256 %s\n", s.Format, s.Size, s.SHA256)
	fmt.Fprintf(&b, "library %s, fitted on %d rows of %d columns\n", s.Card.Library, s.Card.Rows, len(s.Card.Input.Fields))
	for _, m := range s.Card.saved().Metrics {
		fmt.Fprintf(&b, "%s %v\n", m.Name, m.Value)
	}
	if s.Card.Notes != "" {
		fmt.Fprintf(&b, "%s\n", s.Card.Notes)
	}
	for _, stage := range s.Stages {
		indent := strings.Repeat("  ", stage.Depth)
		fmt.Fprintf(&b, "%s%s version %d", indent, stage.Name, stage.Version)
		if stage.Place != "" {
			fmt.Fprintf(&b, " at %s", stage.Place)
		}
		b.WriteByte('\n')
		for _, f := range stage.Fields {
			fmt.Fprintf(&b, "%s  %s %s\n", indent, f.Name, shorten(f.JSON))
		}
	}
	for _, t := range s.Tensors {
		fmt.Fprintf(&b, "%s %v %s\n", t.Type, t.Shape, t.Name)
	}
	return b.String()
}
