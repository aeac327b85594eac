// Package estimator learns to predict: classes from labels 0, 1, ..., and numbers.
//
//	pipeline.New(
//		feature.VectorAssembler{InputCols: columns},
//		estimator.GBTClassifier{LabelCol: "is_anomaly"},
//	)
//
// # Columns
//
// A learner reads a column of vectors, FeaturesCol, and a column of labels, LabelCol,
// which only Fit needs. WeightCol, if given, says how much each row counts; a row of
// weight 2 counts as two rows. A classifier adds three columns: rawPrediction, a vector
// of a score for each class, probability, a vector, and prediction, the class of the
// largest score; a regressor adds prediction.
//
// Labels of a classifier are whole numbers from 0. How many classes there are the
// column's attributes say, if it was made by StringIndexer, else the largest label does,
// which then must be below 100. A class of which there are no rows is predicted never.
//
// With Thresholds the class of the largest probability / threshold is predicted. Of
// equal ones the first is.
//
// # Trees
//
// [DecisionTreeClassifier], [DecisionTreeRegressor], [RandomForestClassifier],
// [RandomForestRegressor], [GBTClassifier] and [GBTRegressor] stand on one core. The
// zero value is Spark's default.
//
//	Spark                            here                        default
//	maxDepth                         MaxDepth                    5
//	maxBins                          MaxBins                     32
//	minInstancesPerNode              MinInstancesPerNode         1
//	minWeightFractionPerNode         MinWeightFractionPerNode    0
//	minInfoGain                      MinInfoGain                 0
//	impurity                         Impurity                    Gini
//	featureSubsetStrategy            FeatureSubsetStrategy       "auto"; boosted trees "all"
//	subsamplingRate                  SubsamplingRate             1
//	bootstrap = true                 NoBootstrap = false         false
//	numTrees                         NumTrees                    20
//	maxIter                          MaxIter                     20
//	stepSize                         StepSize                    0.1
//	lossType                         Loss                        SquaredLoss
//	validationIndicatorCol           ValidationIndicatorCol      none
//	validationTol                    ValidationTol               0.01
//	leafCol, varianceCol             LeafCol, VarianceCol        none
//	-                                EarlyStoppingRounds         off
//	-                                MaxLeaves                   no limit
//	-                                Newton, Lambda,             off
//	-                                MinChildWeight              0
//
// Where an algorithm of Spark's is determined, trees are Spark's, node for node. Where
// splits are equally good, we take that of the first dimension and the lowest threshold;
// Spark takes the one that rounding makes the larger. And further:
//
//   - NaN and infinities are missing values, of which each split learns where they go:
//     right, where there were none. Spark refuses them when fitting, and when scoring
//     sends NaN right.
//   - Rows and dimensions are drawn by generators of our own.
//   - A category that is not one of those declared goes right.
//   - Labels of a classifier are checked for being there as well as for being whole.
//   - A one-hot dimension is tested as a number, which cuts rows in the same two.
//
// # Cost
//
// Trees hold the data in memory: one byte a value, two where a dimension has more than
// 256 bins, and once what is alike. A one-hot block is one byte a row. Fitting reads the
// data three times; cache them where reading is dear. A histogram is needed for each
// node that waits: bins x 16 bytes, for a classifier bins x classes x 8 bytes.
//
// # Linear learners
//
// [LogisticRegression] takes the steps that Spark takes, so a fit that is stopped early
// stops where Spark's does:
//
//	Spark                            here                        default
//	regParam                         RegParam                    0
//	elasticNetParam                  ElasticNetParam             0
//	maxIter                          MaxIter                     100
//	tol                              Tol                         1e-6
//	fitIntercept = true              SkipIntercept = false       false
//	standardization = true           SkipStandardization = false false
//	family                           Family                      AutoFamily
//	threshold                        Threshold                   0.5
//	maxBlockSizeInMB                 -                           CacheMemory says how much is kept
//	lower-, upperBoundsOn...         -                           not built
//
// They differ from Spark in this: a number that is NaN or infinite is an error; classes
// that can be told apart without a mistake, where nothing is penalised, are said not to
// have converged; of rows of class 0 only, the model has two classes, as it scores.
//
// # Names of dimensions
//
// FeatureImportances and SplitCounts have a number for each dimension of FeaturesCol;
// Names has their names as the schema gives them.
//
// # What is not here
//
// LinearRegression, KMeans, NaiveBayes, and tuning: they are to come. Boosting for more than two classes, monotone constraints, and learners that see one row
// at a time.
package estimator
