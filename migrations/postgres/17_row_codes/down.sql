DROP TABLE row_macs;
