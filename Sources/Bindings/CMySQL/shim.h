// The folder is named: MySQL's own library has headers of the same names.
#include <mariadb/mysql.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
