DROP TABLE access_refusals;
