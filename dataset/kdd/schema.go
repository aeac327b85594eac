package kdd

import (
	"slices"
	"strings"

	"github.com/millrace-ml/millrace/dataset"
)

// Columns that programs name.
const (
	Label   = "label"      // what the row is: "normal." or an attack, with its final dot
	Anomaly = "is_anomaly" // what [WithAnomaly] adds: whether Label is an attack
)

// normal is the label of a row that is no attack.
const normal = "normal."

// columns lists the columns of a file, in order.
var columns = strings.Fields(`
	duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent
	hot num_failed_logins logged_in num_compromised root_shell su_attempted num_root
	num_file_creations num_shells num_access_files num_outbound_cmds is_host_login is_guest_login
	count srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate
	same_srv_rate diff_srv_rate srv_diff_host_rate
	dst_host_count dst_host_srv_count dst_host_same_srv_rate dst_host_diff_srv_rate
	dst_host_same_src_port_rate dst_host_srv_diff_host_rate
	dst_host_serror_rate dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate
	label`)

var categorical = []string{"protocol_type", "service", "flag"}

// Categorical returns the three text features: protocol_type, service and flag.
func Categorical() []string { return slices.Clone(categorical) }

// Numeric returns the 38 numeric features in the order of the file.
func Numeric() []string {
	return slices.DeleteFunc(slices.Clone(columns), func(name string) bool {
		return name == Label || slices.Contains(categorical, name)
	})
}

// Schema returns the 42 columns of a labelled file: 38 numbers of type Float, three
// texts, and the label.
func Schema() dataset.Schema {
	return schema(func(string) dataset.Type { return dataset.Float })
}

// NotebookSchema returns the columns with the types of the original solution's
// table: numbers rounded to 32 bits, and land, logged_in, is_host_login and
// is_guest_login as small integers.
func NotebookSchema() dataset.Schema {
	return schema(func(name string) dataset.Type {
		switch name {
		case "land", "logged_in", "is_host_login", "is_guest_login":
			return dataset.Int
		}
		return dataset.Float32
	})
}

func schema(number func(name string) dataset.Type) dataset.Schema {
	fields := make([]dataset.Field, len(columns))
	for i, name := range columns {
		fields[i] = dataset.Field{Name: name, Type: dataset.String}
		if name != Label && !slices.Contains(categorical, name) {
			fields[i].Type = number(name)
		}
	}
	return dataset.NewSchema(fields...)
}
