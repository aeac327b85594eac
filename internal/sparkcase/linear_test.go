package sparkcase_test

import (
	"errors"
	"maps"

	"github.com/millrace-ml/millrace/estimator"
	"github.com/millrace-ml/millrace/internal/sparkcase"
	"github.com/millrace-ml/millrace/pipeline"
)

func init() {
	maps.Copy(builders, map[string]func(sparkcase.Params) (pipeline.Stage, error){
		"LogisticRegression": func(p sparkcase.Params) (pipeline.Stage, error) {
			if p["lowerBoundsOnCoefficients"] != nil {
				return nil, errors.New("bounds on coefficients: ours has none")
			}
			families := map[string]estimator.Family{"binomial": estimator.Binomial, "multinomial": estimator.Multinomial}
			return estimator.LogisticRegression{FeaturesCol: p.Text("featuresCol"), LabelCol: p.Text("labelCol"), WeightCol: p.Text("weightCol"),
				PredictionCol: p.Text("predictionCol"), ProbabilityCol: p.Text("probabilityCol"), RawPredictionCol: p.Text("rawPredictionCol"),
				Threshold: new(p.Float("threshold", 0.5)), Thresholds: thresholds(p), Family: families[p.Text("family")],
				RegParam: p.Float("regParam", 0), ElasticNetParam: p.Float("elasticNetParam", 0), SkipIntercept: !p.Bool("fitIntercept", true),
				SkipStandardization: !p.Bool("standardization", true), MaxIter: new(p.Int("maxIter", 100)), Tol: new(p.Float("tol", 1e-6))}, nil
		},
	})
	maps.Copy(tolerances, map[string]sparkcase.Tolerance{
		"LogisticRegression": {Relative: 1e-6, Absolute: 1e-6},
		// A class without rows has no finite intercept: it is where the optimiser stopped.
		"LogisticRegression/label_metadata_more_classes": {Relative: 1e-2, Absolute: 1e-2},
	})
	maps.Copy(differences, map[string]struct{ ours, why string }{
		"LogisticRegression/bounds":       {"bounds on coefficients", "not built: nobody has asked for bounds"},
		"LogisticRegression/only_label_0": {"two classes", "Spark says that there is one class, and scores with two"},
	})
}
