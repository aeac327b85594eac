package pipelinetest

import "github.com/millrace-ml/millrace/pipeline"

// encode returns the bytes of a model.
func encode(model pipeline.Transformer) ([]byte, error) { return []byte(snapshot(model)), nil }

func (s *suite) saved(t tester) {
	for _, stage := range s.stages() {
		if _, ok := pipeline.RegistrationOf(stage); !ok {
			t.Errorf("%T is not registered, want a pipeline.Register of it in an init", stage)
		}
	}
}
