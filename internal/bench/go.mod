module github.com/millrace-ml/millrace/internal/bench

go 1.26.0

require github.com/millrace-ml/millrace v0.0.0

require gonum.org/v1/gonum v0.17.0 // indirect

replace github.com/millrace-ml/millrace => ../..
