"""The jobs of scikit-learn: the same stages, on one thread, dense where it has to be."""
import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import sys
import time

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

CATEGORIES = [1, 2, 3]
NUMBERS = [j for j in range(41) if j not in CATEGORIES]


def read(job):
    return pd.read_csv(job["Data"], header=None, nrows=job["Rows"] or None)


def fit(job):
    data = read(job)
    features = Pipeline([
        ("columns", ColumnTransformer([
            ("numbers", "passthrough", NUMBERS),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES),
        ])),
        ("scaled", StandardScaler()),
    ])
    x = features.fit_transform(data)
    normal = x[(data[41] == "normal.").to_numpy()]
    mean = normal.mean(axis=0)
    scale = np.maximum(normal.std(axis=0, ddof=1), .01)
    z = np.clip((normal - mean) / scale, -5, 5)
    model = {"features": features, "mean": mean, "scale": scale, "pca": PCA(2).fit(z)}
    joblib.dump(model, job["Model"])
    return {"rows": len(data)}


def score(model, data):
    z = np.clip((model["features"].transform(data) - model["mean"]) / model["scale"], -5, 5)
    rest = z - model["pca"].inverse_transform(model["pca"].transform(z))
    return (rest * rest).sum(axis=1)


def score_csv(job):
    data, model = read(job), joblib.load(job["Model"])
    scores = score(model, data)
    out = pd.DataFrame({"id": np.arange(len(data)), "score": scores, "prediction": (scores > 20).astype(int)})
    out.to_csv(job["Model"] + ".csv", index=False)
    os.remove(job["Model"] + ".csv")
    return {"rows": len(data)}


def transform(job):
    job["Rows"] = min(job["Rows"] or 100_000, 100_000)
    data, model = read(job), joblib.load(job["Model"])
    score(model, data)
    begin = time.process_time()
    score(model, data)
    return {"rows": len(data), "rows_per_s": len(data) / (time.process_time() - begin)}


def scorer_row(job):
    job["Rows"] = 200
    data, model = read(job), joblib.load(job["Model"])
    rows = [data.iloc[i : i + 1] for i in range(len(data))]
    score(model, rows[0])
    begin = time.process_time()
    for row in rows:
        score(model, row)
    return {"rows": len(rows), "ns_per_row": 1e9 * (time.process_time() - begin) / len(rows)}


def load_model(job):
    begin = time.process_time()
    for _ in range(20):
        joblib.load(job["Model"])
    return {"rows": 20, "ms_per_load": 1e3 * (time.process_time() - begin) / 20}


job = json.loads(sys.argv[1])
works = {"prepare": fit, "fit_cached": fit, "score_csv": score_csv, "transform": transform, "scorer_row": scorer_row, "load_model": load_model}
print(json.dumps(works[job["Work"]](job)))
