"""Groups that the data finds by itself: what is compared, how they are found and named, whether they stand out."""
