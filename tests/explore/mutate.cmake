# mutate.cmake - one source of the runtime with one thing wrong: cmake -DMUTANT=FILE -DSOURCE=FILE -DOUTPUT=FILE -P …
#
# A mutant's file opens with what is wrong, and says which source it changes. The whole lines between "--- find" and
# "--- put" have to be there once, and those after it take their place. It fails if they are not: the source has changed
# then, and so must the mutant.
file(READ ${MUTANT} rest)
file(READ ${SOURCE} text)

string(FIND "${rest}" "--- find\n" at)
while(NOT at EQUAL -1)
    math(EXPR at "${at} + 9")
    string(SUBSTRING "${rest}" ${at} -1 rest)
    string(FIND "${rest}" "--- put\n" end)
    string(SUBSTRING "${rest}" 0 ${end} find)
    math(EXPR end "${end} + 8")
    string(SUBSTRING "${rest}" ${end} -1 rest)
    string(FIND "${rest}" "--- find\n" at)
    string(SUBSTRING "${rest}" 0 ${at} put)

    string(FIND "${text}" "${find}" first)
    string(FIND "${text}" "${find}" last REVERSE)
    if(first EQUAL -1 OR NOT first EQUAL last)
        message(FATAL_ERROR "${MUTANT}: this is not once in ${SOURCE}:\n${find}")
    endif()
    string(REPLACE "${find}" "${put}" text "${text}")
endwhile()

file(WRITE ${OUTPUT} "${text}")
