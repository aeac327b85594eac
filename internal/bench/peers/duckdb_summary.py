"""Mean and variance of the 38 numbers, on one thread."""
import json
import sys

import duckdb

job = json.loads(sys.argv[1])
names = """duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot
num_failed_logins logged_in num_compromised root_shell su_attempted num_root num_file_creations num_shells
num_access_files num_outbound_cmds is_host_login is_guest_login count srv_count serror_rate srv_serror_rate
rerror_rate srv_rerror_rate same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count
dst_host_same_srv_rate dst_host_diff_srv_rate dst_host_same_src_port_rate dst_host_srv_diff_host_rate
dst_host_serror_rate dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate label""".split()
text = {"protocol_type", "service", "flag", "label"}
types = {name: "VARCHAR" if name in text else "DOUBLE" for name in names}
wanted = ", ".join(f'avg("{n}"), var_samp("{n}")' for n in names if n not in text)

db = duckdb.connect()
db.execute("set threads = 1")
db.execute("set enable_progress_bar = false")
row = db.execute(f"select count(*), {wanted} from read_csv(?, header = false, columns = {types})", [job["Data"]]).fetchone()
assert len(row) == 77 and None not in row
print(json.dumps({"rows": row[0]}))
