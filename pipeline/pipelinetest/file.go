package pipelinetest

import (
	"bytes"

	"github.com/millrace-ml/millrace/persist"
	"github.com/millrace-ml/millrace/pipeline"
)

// encode returns the bytes of a stage's file.
func encode(stage pipeline.Stage) ([]byte, error) {
	var b bytes.Buffer
	err := guard(func() error { return persist.Encode(&b, stage, persist.Card{}) })
	return b.Bytes(), err
}

// again saves and loads a stage that need not be fitted.
func again(stage pipeline.Stage) (loaded pipeline.Stage, err error) {
	file, err := encode(stage)
	if err != nil {
		return nil, err
	}
	err = guard(func() (err error) {
		loaded, err = persist.DecodeStage(file)
		return err
	})
	return loaded, err
}

// load reads a model from a file's bytes, and a panic is an error.
func load(file []byte) (model pipeline.Transformer, err error) {
	err = guard(func() (err error) {
		model, err = persist.Decode(file)
		return err
	})
	return model, err
}
