my.textRiskIdentification({
      content: '加我支付宝',
      type: ['keyword', '0', '1', '2', '3'],
      success: (res) => {
        my.alert({
          title: 'ok', // alert 框的标题
          content: JSON.stringify(res),
        });
      },
      fail: (res) => {
        my.alert({
          title: 'fail', // alert 框的标题
          content: JSON.stringify(res),
        });
      },
    });
