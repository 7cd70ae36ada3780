# What R's package survey says of a table with weights: a folder of files in, lines of "what<TAB>value" out.
suppressPackageStartupMessages(library(survey))
options(digits = 17)
arguments <- commandArgs(trailingOnly = TRUE)
answers <- read.csv(arguments[1], colClasses = c(row = "character", column = "character"))
say <- function(what, values) cat(sprintf("%s\t%.17g\n", what, values), sep = "")

design <- svydesign(ids = ~1, weights = ~weight, data = answers)
test <- svychisq(~row + column, design, statistic = "Chisq")
say("chi_square", test$statistic)
say("p", test$p.value)
say("mean", coef(svymean(~number, design)))
say("se", SE(svymean(~number, design)))
say("sd", sqrt(coef(svyvar(~number, design))))
say("quartile", coef(svyquantile(~number, design, c(0.25, 0.5, 0.75), qrule = "hf2", ci = FALSE)))

# Raked from equal weights to the margins of the second file.
margins <- read.csv(arguments[2], colClasses = c(variable = "character", category = "character"))
margin <- function(name) {
  of <- margins[margins$variable == name, ]
  frame <- data.frame(of$category, of$total / sum(of$total) * nrow(answers))
  setNames(frame, c(name, "Freq"))
}
equal <- svydesign(ids = ~1, weights = ~1, data = answers)
raked <- rake(equal, list(~row, ~column), list(margin("row"), margin("column")), control = list(maxit = 2000, epsilon = 1e-10))
say("weight", weights(raked))
