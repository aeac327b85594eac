// Package anomaly scores rows by how far they are from what is normal.
//
//	pipeline.New(
//		feature.VectorAssembler{InputCols: columns},
//		anomaly.PCAAnomaly{LabelCol: "is_anomaly", FalseAlarmRate: 0.01},
//	)
//
// # The score
//
// A higher score is more anomalous: of every detector here, for ever. A score is
// fixed when the detector is fitted. It depends on the row alone, never on the rows
// beside it, so a table, a stream and a single row give the same number. Scores of two
// detectors, or of one fitted twice, have no common unit.
//
// # PCAAnomaly
//
// [PCAAnomaly] learns where normal rows vary, and measures how far a row is from there.
// Where LabelCol is given it learns from the rows labelled 0 alone, which is what makes
// it find attacks that are most of the data; without one it takes all rows for normal.
//
// Give it the raw features. It scales by the deviations of the normal rows itself, and
// Floor is in the units of its input: a dimension that hardly varies among normal rows
// counts as if it varied by Floor. After a feature.StandardScaler, which learns from all
// rows, the same Floor is a share of another deviation. On the KDD Cup 99 data (fitted on
// the normal rows of 80 % of the 10 % file, two components) that makes no difference
// that matters:
//
//	input                       hold-out AUC   corrected AUC   detected at 1 % false alarms
//	features as assembled       .99631399      .97945287       .9079685
//	after StandardScaler        .99631399      .97945453       .9079445
//
// # When to clip
//
// Clip keeps every |z| within 5, so that no single number decides a score. It pays where
// anomalies show in many columns a little: on all 41 columns of KDD Cup 99 it lifts
// the detection at 1 % false alarms from .61 to .91. It costs where they show in a few
// columns and lie far out: on 18 numeric columns of the same data, F1 falls from .98 to
// .33-.43 with it, since the flood of smurf rows drops below the threshold. Switch it off
// with Clip: new(0.0) where the columns are few and each is telling. With clipping few
// components are best; without it 2 to 20 do equally well.
//
// Floor keeps a dimension that is constant, or nearly, among normal rows from making
// every other value infinitely far. Without it, Floor: new(0.0), a dimension that is
// constant among normal rows counts for nothing.
//
// # False alarms
//
// FalseAlarmRate a holds a share of the normal rows out, scores them with the detector
// learned from the others, and sets the threshold so that a new normal row is predicted
// 1 with a probability of at most a. That holds for any distribution, in any number of
// dimensions, as long as the new row and those held out are exchangeable: drawn alike,
// in no order that matters. It is a mean over the draw of the rows; the rate of one
// threshold varies around it by about sqrt(a (1-a) / n), for n rows held out. It says
// nothing of how many anomalies are found, and ceases to hold once the normal rows drift.
//
// # As the notebooks have it
//
// Compat: [SparkNotebook] is the detector of the Databricks notebooks that this library
// began from: Spark's PCA of the normal rows, after a StandardScaler with WithMean over all
// rows, and a projection that leaves the mean in. It reproduces their scores to 1e-9, and
// with them an area under ROC of .205 on KDD Cup 99, which is worse than a coin. Their
// three columns are made by
//
//	anomaly.PCAAnomaly{
//		Compat: anomaly.SparkNotebook, InputCol: "norm_features", LabelCol: "label",
//		ProjectionCol: "pca_features", OutputCol: "nonnorm_anomaly_score",
//	}
//
// and [Rescale] from "nonnorm_anomaly_score" to "anomaly_score", over the whole table
// that is scored:
//
//	notebook                    here                 default
//	inputCol                    InputCol             "features"
//	labelCol = "label"          LabelCol             "" = all rows
//	k                           K                    2
//	outputPCACol                ProjectionCol        "" = none; notebook "pca_features"
//	outputAbsScoreCol           RawScoreCol          "" = none; notebook "nonnorm_anomaly_score"
//	outputCol                   OutputCol            "anomaly_score"
//
// RawScoreCol is OutputCol under a second name. The notebooks' outputCol is rescaled.
//
// # Why a row is anomalous
//
// [PCAAnomalyModel.Explain] takes scores apart into a share for each column of the table,
// exactly: the shares are not negative and add up to the score.
//
// # What is not here
//
// Time series, drift of the normal rows, and choosing parameters: anomalies that are
// known belong into a test, with package estimator/evaluate.
package anomaly
