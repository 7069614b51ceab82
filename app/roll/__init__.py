"""The roll: members of the union as we hold them, their branches, and the files they come from.

Tables: `branch`, `member`, `roll_import`, `roll_import_chunk`, `roll_import_problem`,
`roll_mapping`. Promise: every row of a file is accounted for, and every refused row has a reason;
an import is one transaction, and the same file twice changes nothing.
"""
