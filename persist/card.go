package persist

import (
	"maps"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/millrace-ml/millrace/dataset"
)

const library = "github.com/millrace-ml/millrace"

// A Card says where a model comes from, for whoever finds the file. The loader
// needs nothing of it. It is part of the file's bytes: a time or a note that
// changes from run to run makes files of the same model differ.
type Card struct {
	Input   dataset.Schema     // columns of the table that the model was fitted on
	Rows    int64              // rows that it was fitted on
	Metrics map[string]float64 // results of its evaluation by name
	Notes   string             // anything else
	Created time.Time          // in UTC; default: the file does not say
	Library string             // version of this library; default: that of the running program
}

// savedCard is a Card as it lies in the file.
type savedCard struct {
	Library string
	Created *time.Time
	Rows    int64
	Input   dataset.Schema
	Metrics []metric // by name
	Notes   string
}

type metric struct {
	Name  string
	Value float64
}

func (c Card) saved() savedCard {
	s := savedCard{Library: c.Library, Rows: c.Rows, Input: c.Input, Notes: c.Notes}
	if s.Library == "" {
		s.Library = version()
	}
	if !c.Created.IsZero() {
		s.Created = new(c.Created.UTC().Round(0))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Metrics)) {
		s.Metrics = append(s.Metrics, metric{name, c.Metrics[name]})
	}
	return s
}

func (s savedCard) card() Card {
	c := Card{Library: s.Library, Rows: s.Rows, Input: s.Input, Notes: s.Notes}
	if s.Created != nil {
		c.Created = *s.Created
	}
	for _, m := range s.Metrics {
		if c.Metrics == nil {
			c.Metrics = map[string]float64{}
		}
		c.Metrics[m.Name] = m.Value
	}
	return c
}

// version returns the version of this library that the program was built with.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if m.Path == library && m.Version != "" {
			return m.Version
		}
	}
	return "(devel)"
}

func (e *encoder) card(c Card) error {
	return e.value("card", reflect.ValueOf(c.saved()))
}

// readCard reads the card of an open file.
func readCard(c *container, mem *memory) (Card, error) {
	var s savedCard
	d := &decoder{parser: &parser{text: c.card}, from: c, mem: mem, stages: new(int)}
	if err := d.whole(reflect.ValueOf(&s).Elem()); err != nil {
		return Card{}, at("card", err)
	}
	return s.card(), nil
}
