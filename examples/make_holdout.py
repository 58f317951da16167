"""Make holdout.csv, who was held out of the campaign of sent.csv: python make_holdout.py > holdout.csv."""

from make_sent import customers, is_sent, write

if __name__ == "__main__":
    write(each for each in customers() if not is_sent(each))
